// Maps what getUserMedia throws to a page state; the words for each state are in states.js.

const STATES = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "nocamera",
  OverconstrainedError: "missing",
  NotReadableError: "inuse",
  AbortError: "inuse",
};

export function cameraState(error) {
  return STATES[error?.name] ?? "nocamera";
}

export const RETRIED_STATES = ["nocamera", "missing", "inuse"]; // tried again by itself; "denied" needs a person
