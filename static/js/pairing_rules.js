// What the pairing page makes of the server's answer. Pure.

const BY_STATUS = {
  0: "No connection. Try again.",
  403: "This page is out of date. Load it again, then type the code.",
};
const FAILED = "The server could not pair this device. Try again in a moment.";

/** {url} to go to, or {hint} to show; body: the parsed JSON or null. */
export function readPairing({ status, body }) {
  if (status === 200 && body?.state === "paired" && typeof body.url === "string") return { url: body.url };
  return { hint: (typeof body?.hint === "string" && body.hint) || (BY_STATUS[status] ?? FAILED) };
}
