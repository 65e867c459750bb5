// What a close code means, and how long to wait before the next connection.

export const ANSWER_WAIT_MS = 5000; // a frame unanswered for longer is lost
export const PING_EVERY_MS = 20000;
export const PINGS_MISSED = 2;
export const STABLE_MS = 10000; // a connection that lived this long was not part of a failing series
export const MOST_BUFFERED_BYTES = 64 * 1024;

const RULES = {
  4401: { retry: false, state: "signin" },
  4403: { retry: false, state: "revoked" },
  4413: { retry: true, tooBig: true },
  4429: { retry: true, afterMs: 5000 },
};

/** {retry, state?, afterMs?, tooBig?} for a close code; every unknown code is a lost server. */
export function closeRule(code) {
  return RULES[code] ?? { retry: true };
}

/**
 * Milliseconds until connection number `attempt` (from 0). After a server loss U(0, min(60, 10·2ⁿ)) s spreads
 * a hall of kiosks; if only this browser was offline, the first try comes within a second.
 */
export function reconnectDelay(attempt, { random = Math.random, wasOffline = false } = {}) {
  if (wasOffline && attempt === 0) return random() * 1000;
  return random() * Math.min(60000, 10000 * 2 ** attempt);
}
