// What the PIN panel does next and what it makes of the server's answer. Pure.

const BOOKED = ["recognised", "already"];

// The server says why in a hint; these words serve only where something else answered in its place.
const REDIRECTED = "This kiosk is signed out. Somebody with a login has to sign in again. Nothing was booked.";
const BY_STATUS = {
  401: REDIRECTED,
  403: "This page is out of date. Reload it, then try again. Nothing was booked.",
  404: "This kiosk no longer exists. Nothing was booked.",
  429: "Too many tries. Wait a minute, then try again.",
};
const SERVER_FAILED = "The server could not book this. Try again in a moment, or tell your supervisor.";
export const NO_CONNECTION = "No connection. Nothing was booked. Try again.";
export const NO_ANSWER = "The server does not answer. Try again: the same try is never booked twice.";

function hintFor({ status, redirected }) {
  if (redirected) return REDIRECTED;
  return BY_STATUS[status] ?? SERVER_FAILED;
}

/** The answer to show: a punch, or {state: "refused", hint} for whatever else came; body: the parsed JSON or null. */
export function readAnswer({ status, redirected = false, body }) {
  const isOk = status >= 200 && status < 300;
  if (isOk && !redirected && BOOKED.includes(body?.state)) return body;
  const hint = typeof body?.hint === "string" && body.hint ? body.hint : hintFor({ status, redirected });
  return { state: "refused", code: body?.code ?? "no_answer", hint };
}

/** What the big button does: "next" while the number is written, "submit" once both are there or the PIN's turn has come. */
export function nextStep({ isAtNumber, pin }) {
  return isAtNumber && !pin ? "next" : "submit";
}
