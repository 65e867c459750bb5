// Two ways to send a PIN: a member's page posts it, a paired device says it through its socket; a badge always goes
// through the socket. Each gives the answer.

import { NO_ANSWER, NO_CONNECTION, readAnswer } from "./pin_rules.js";

const ANSWER_WAIT_MS = 15000;

const refused = (hint) => ({ state: "refused", code: "no_connection", hint });

/** Posts the form's fields to `url`. */
export function pinPoster(url, token) {
  return async (fields) => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ ...fields, csrfmiddlewaretoken: token })) body.set(name, value);
    const headers = { Accept: "application/json", "X-CSRFToken": token };
    try {
      const signal = AbortSignal.timeout(ANSWER_WAIT_MS);
      const response = await fetch(url, { method: "POST", body, headers, credentials: "same-origin", signal });
      const { status, redirected } = response;
      return readAnswer({ status, redirected, body: await response.json().catch(() => null) });
    } catch (error) {
      return refused(error.name === "TimeoutError" ? NO_ANSWER : NO_CONNECTION);
    }
  };
}

/** Sends a PIN as a command; `socket` gives the socket once it is there. */
export const pinTeller = (socket, more) => teller("pin", socket, more);

/** Sends a badge's code as a command. */
export const badgeTeller = (socket, more) => teller("badge", socket, more);

// The answer is the message of the same kind with the same nonce.
function teller(kind, socket, { waitMs = ANSWER_WAIT_MS } = {}) {
  return (fields) => new Promise((resolve) => {
    const target = socket();
    const stop = new AbortController();
    const finish = (answer) => { clearTimeout(timer); stop.abort(); resolve(answer); };
    const timer = setTimeout(() => finish(refused(NO_ANSWER)), waitMs);
    const listen = (name, act) => target.addEventListener(name, act, { signal: stop.signal });
    listen("closed", () => finish(refused(NO_CONNECTION)));
    listen("message", ({ detail }) => {
      if (detail.t === kind && detail.nonce === fields.nonce) finish(readAnswer({ status: 200, body: detail }));
    });
    if (!target.isOpen || !target.isWelcome) finish(refused(NO_CONNECTION));
    else target.tell({ t: kind, ...fields });
  });
}
