// Numbers the people who step up: a new track when the place was empty for a while or somebody else stands there.

const ABSENT_MS = 1000; // a shorter gap is a blink of the detector, not somebody leaving
const LEAST_EMPTY_LOOKS = 2;
const JUMP = 0.9; // of the face's width, between two detections
const SIZE_CHANGE = 1.8;

const centre = ([x, y, w, h]) => [x + w / 2, y + h / 2];

function isElsewhere(before, now) {
  const [ax, ay] = centre(before);
  const [bx, by] = centre(now);
  const width = Math.max(before[2], now[2]);
  const ratio = width / Math.min(before[2], now[2]);
  return Math.hypot(ax - bx, ay - by) > JUMP * width || ratio > SIZE_CHANGE;
}

export class TrackCounter {
  /**
   * Counts from the clock: the server remembers a decided track for seconds, so a page that was reloaded (or a
   * second page of the same camera) must not repeat its numbers.
   */
  constructor(first = Date.now()) {
    this.track = first;
    this.box = null;
    this.emptySince = -Infinity;
    this.emptyLooks = LEAST_EMPTY_LOOKS;
  }

  /** Tell what one look saw: a box [x, y, w, h] or null. Returns the current track number. */
  see(box, now) {
    if (box) this.#seeFace(box, now);
    else this.#seeNobody(now);
    return this.track;
  }

  /** Milliseconds for which every look found nobody; 0 while somebody is there. */
  emptyFor(now) {
    return this.emptySince === null ? 0 : now - this.emptySince;
  }

  /** Nobody has been there for long enough to count as gone. */
  isEmpty(now) {
    return this.emptyLooks >= LEAST_EMPTY_LOOKS && this.emptyFor(now) >= ABSENT_MS;
  }

  /** The same person, asked again: the server judges a fresh approach. */
  renew() {
    this.track += 1;
  }

  #seeFace(box, now) {
    if (this.isEmpty(now) || isElsewhere(this.box, box)) this.track += 1;
    this.box = box;
    this.emptySince = null;
    this.emptyLooks = 0;
  }

  // Time without a look is not absence: a busy tablet may look once a second and must not number one person anew.
  #seeNobody(now) {
    this.emptySince ??= now;
    this.emptyLooks += 1;
  }
}
