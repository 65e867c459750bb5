// One person in front of the kiosk, from stepping up to the result and the pause after it. No DOM, no clock of its own.

export const RESULT_SHOWN_MS = 4000;
const LONGEST_PAUSE_MS = 30000;
const GONE_MS = 2000; // a confirm question does not wait for the next person to answer it

export class Approach {
  constructor(tracks) {
    this.tracks = tracks;
    this.track = tracks.track;
    this.#start();
  }

  #start() {
    this.pause = RESULT_SHOWN_MS;
    this.quietUntil = -Infinity;
    this.question = null;
    this.rest = null;
  }

  /** Follow the track counter; true when somebody new stands here. */
  follow() {
    if (this.tracks.track === this.track) return false;
    this.track = this.tracks.track;
    this.#start();
    return true;
  }

  /**
   * A final result is on the screen: no frames of this person meanwhile, longer each time they stay.
   * rest: what to say of the pause, "done" (nothing is left to do) or "declined" (only the PIN helps).
   */
  settle(now, rest = "declined") {
    this.question = null;
    this.rest = rest;
    this.quietUntil = now + this.pause;
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }

  /** The pause is over and the same person still stands here: the server judges a fresh approach. */
  wake(now) {
    if (this.quietUntil === -Infinity || now < this.quietUntil) return;
    this.quietUntil = -Infinity;
    this.tracks.renew();
    this.track = this.tracks.track;
  }

  /** Why no frame of this person is sent now: "done", "declined" or null. */
  resting(now) {
    return now < this.quietUntil ? this.rest : null;
  }

  ask({ approach, expires_ms: expiresMs = 15000 }, now) {
    this.question = { approach, until: now + expiresMs };
  }

  answered() {
    this.question = null;
  }

  /** The question is over: time is up, or the person has left. */
  isQuestionOver(now) {
    if (!this.question) return false;
    return now >= this.question.until || this.tracks.emptyFor(now) > GONE_MS;
  }

  maySend(now) {
    return !this.question && now >= this.quietUntil;
  }
}
