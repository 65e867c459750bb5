// Which state the kiosk page is in, from the facts. Pure: the first rule that applies wins.

const RESULT_KEPT_MS = 1500; // a result stays readable this long even when the next person is already there
const OFFLINE_AFTER_MS = 2000; // a shorter gap is a reconnect nobody needs to see

/**
 * facts: {now, stopped, clock, result: {state, message, at, until, track}, badge, question, turn, rows, camera, closed,
 * offline, closedSocketAt, busyUntil, ready, resting, present, track, code, hint}. Returns {state, message}.
 */
export function pageState(facts) {
  const { now, result } = facts;
  if (facts.stopped) return { state: facts.stopped };
  if (facts.clock) return { state: "clock", message: facts.clock };
  if (isResultShown(result, facts)) return result;
  if (facts.offline) return { state: "offline" };
  if (facts.badge) return { state: "badge" };
  if (facts.question) return { state: "confirm", message: facts.question };
  if (facts.turn) return { state: "challenge", message: facts.turn };
  if (facts.closed) return { state: "closed", message: facts.closed };
  if (facts.camera !== "playing" && facts.camera !== "starting") return { state: facts.camera };
  if (facts.closedSocketAt !== null && now - facts.closedSocketAt > OFFLINE_AFTER_MS) return { state: "offline" };
  if (!facts.ready) return { state: "starting" };
  if (now < facts.busyUntil) return { state: "busy" };
  if (facts.rows?.length) return { state: "several", message: { rows: facts.rows } };
  if (!facts.present) return { state: "idle" };
  if (facts.resting) return { state: facts.resting };
  return { state: "searching", message: facts.hint ? { code: facts.code, hint: facts.hint } : {} };
}

function isResultShown(result, { now, track, present }) {
  if (!result || now >= result.until) return false;
  const isForSomebodyElse = present && result.track !== null && track !== result.track;
  return !isForSomebodyElse || now - result.at < RESULT_KEPT_MS;
}

/** Holds a value until a new one has lasted, so that hints do not flicker. */
export class Steady {
  constructor(lastMs) {
    this.lastMs = lastMs;
    this.value = "";
    this.candidate = "";
    this.since = 0;
  }

  next(value, now) {
    if (value !== this.candidate) {
      this.candidate = value;
      this.since = now;
    }
    if (now - this.since >= this.lastMs) this.value = this.candidate;
    return this.value;
  }
}
