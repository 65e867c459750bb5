// The ring of the guided capture: eight segments clockwise from up, as the mirrored picture shows them. No DOM.

export const SEGMENTS = 8;
export const WORDS = [
  "up", "up and right", "right", "down and right", "down", "down and left", "left", "up and left",
];

const FULL_TURN = { yaw: 18, pitch: 11 }; // as the server's: from the person's own centre, along each axis
const STRAIGHT_YAW = 12;
const STILL_TURN = 0.6; // of a full turn, while the centre is learned
const CENTRE_LOOKS = 6;
const LINGER_MS = 700; // a head that stays in a filled segment has time for a second, maybe better, frame
const MOST_PER_SEGMENT = 2;
const AIM_KEPT_MS = 1500; // a direction that changes while it is read cannot be followed

/** How far the head is turned from the centre: {right, up} in full turns. */
export function turnFrom(pose, centre) {
  return { right: (pose.yaw - centre.yaw) / FULL_TURN.yaw, up: (centre.pitch - pose.pitch) / FULL_TURN.pitch };
}

/** The segment of a turn; null where it is no full one. */
export function segmentOf({ right, up }) {
  if (Math.hypot(right, up) < 1) return null;
  return (Math.round(Math.atan2(right, up) / ((2 * Math.PI) / SEGMENTS)) + SEGMENTS) % SEGMENTS;
}

/** Which missing segment to point at: the nearest to where a turned head looks, else the server's. */
export function nextSegment(wanted, turn, told) {
  if (!wanted.length) return null;
  const fallback = wanted.includes(told) ? told : wanted[0];
  if (!turn || Math.hypot(turn.right, turn.up) < 0.5) return fallback;
  const at = (Math.atan2(turn.right, turn.up) / ((2 * Math.PI) / SEGMENTS) + SEGMENTS) % SEGMENTS;
  const apart = (segment) => Math.min(Math.abs(segment - at), SEGMENTS - Math.abs(segment - at));
  return [...wanted].sort((a, b) => apart(a) - apart(b) || a - b)[0];
}

/** "up, right and down and left" would read badly: a list of segments in words. */
export function inWords(segments) {
  return segments.map((segment) => WORDS[segment].replace(" and ", "-")).join(", ");
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/**
 * Follows one visit: learns how the person looks straight, then says which segment a look may be sent for.
 * What is filled is the server's word (`told`).
 */
export class Guide {
  constructor() {
    this.looks = [];
    this.centre = null;
    this.turn = null;
    this.sent = Array(SEGMENTS).fill(0);
    this.enteredAt = null;
    this.at = null;
    this.aim = null;
    this.aimedAt = -Infinity;
    this.state = { turns: false, straight: true, segments: [], wanted: [], next: null };
  }

  /** Progress from the server: {turns, straight, segments, wanted, next}. */
  told({ turns, straight, segments, wanted, next }) {
    if (segments === undefined) return;
    this.state = { turns, straight, segments, wanted, next };
    if (!wanted.includes(this.aim)) Object.assign(this, { aim: nextSegment(wanted, this.turn, next), aimedAt: -Infinity });
  }

  get isTurning() {
    return this.state.turns && this.state.straight && this.state.wanted.length > 0;
  }

  /** Where to turn now; null while nobody needs to. */
  get next() {
    return this.isTurning ? this.aim : null;
  }

  /** How far the head is turned from its centre, in degrees: {right, up}; null while that is not known. */
  get degrees() {
    return this.turn && { right: this.turn.right * FULL_TURN.yaw, up: this.turn.up * FULL_TURN.pitch };
  }

  /** Whether the person is to look straight: the server lacks such frames, or this page does not know the centre. */
  get needsStraight() {
    return this.state.turns && (!this.state.straight || !this.centre);
  }

  /** One look at `now` (ms); pose may be null. Returns {send, segment}: whether it is worth a frame, and for what. */
  see(pose, now) {
    if (!this.state.turns) return { send: true, segment: null };
    if (!pose) return { send: false, segment: null };
    this.#learn(pose);
    this.turn = this.centre && turnFrom(pose, this.centre);
    if (!this.state.straight) return { send: this.#looksStraight(pose), segment: null };
    return this.turn && this.isTurning ? this.#turned(now) : { send: false, segment: null };
  }

  /** A frame went out for this segment. */
  noteSent(segment) {
    if (segment !== null) this.sent[segment] += 1;
  }

  #looksStraight({ yaw }) {
    return Math.abs(yaw) < STRAIGHT_YAW;
  }

  // Before the server has its straight frames, and after a page was loaded again: the median of looks that agree.
  #learn(pose) {
    if (this.centre && this.state.straight) return;
    const moved = this.looks.length && turnFrom(pose, this.looks.at(-1));
    if (!this.#looksStraight(pose) || (moved && Math.hypot(moved.right, moved.up) > STILL_TURN)) this.looks = [];
    if (!this.#looksStraight(pose)) return;
    this.looks = [...this.looks, pose].slice(-2 * CENTRE_LOOKS);
    if (this.looks.length < CENTRE_LOOKS) return;
    this.centre = { yaw: median(this.looks.map(({ yaw }) => yaw)), pitch: median(this.looks.map(({ pitch }) => pitch)) };
  }

  #aim(now) {
    const nearest = nextSegment(this.state.wanted, this.turn, this.aim);
    if (nearest === this.aim || now - this.aimedAt < AIM_KEPT_MS) return;
    Object.assign(this, { aim: nearest, aimedAt: now });
  }

  #turned(now) {
    const segment = segmentOf(this.turn);
    if (segment !== this.at) Object.assign(this, { at: segment, enteredAt: now });
    this.#aim(now);
    if (segment === null) return { send: false, segment: null };
    if (this.state.wanted.includes(segment)) return { send: true, segment };
    const lingers = now - this.enteredAt >= LINGER_MS && this.sent[segment] < MOST_PER_SEGMENT;
    return { send: lingers, segment };
  }
}
