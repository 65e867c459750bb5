// What is a badge's code, what is a reader and not a person typing, and which pictures are looked at for a code. Pure.

const OWN_CODE = /^[2-9A-HJ-NP-Z]{26}$/; // what the badge page prints
const ANY_CODE = /^[\x21-\x7e]{4,64}$/;
const FEWEST_KEYS = 4;
// Readers were specified to type every 1 to 40 ms; the fastest typists stay above 60 ms a key over a whole word.
const KEY_GAP_MS = 50;
const SAME_AGAIN_MS = 10000;
const LOOK_EVERY_MS = 500;
const ASKED_LOOK_EVERY_MS = 200;
export const ASKED_MS = 20000; // how long "Show your badge" looks for one

/** The code in what a camera read, or "" for some other QR code; asked: somebody pressed "Show your badge". */
export function codeOf(text, asked = false) {
  const code = text.replace(/\s/g, "");
  return (asked ? ANY_CODE : OWN_CODE).test(code) ? code : "";
}

/** Gathers the keys of one burst; a reader types a whole code in less time than a person needs for three keys. */
export class KeyBurst {
  constructor() {
    this.#start();
  }

  #start() {
    this.keys = "";
    this.since = 0;
    this.last = -Infinity;
  }

  /** Take a key at `at` ms. Gives {code, since} on the Enter (or Tab) that ends a burst, else null. */
  press(key, at) {
    if (at - this.last > KEY_GAP_MS) this.#start();
    if (key === "Enter" || key === "Tab") return this.#end();
    if (key.length !== 1) return null; // Shift and its like say nothing by themselves
    if (!this.keys) this.since = at;
    this.keys += key;
    this.last = at;
    return null;
  }

  #end() {
    const { keys, since } = this;
    this.#start();
    const code = keys.replace(/\s/g, "");
    return keys.length >= FEWEST_KEYS && ANY_CODE.test(code) ? { code, since } : null;
  }
}

/** A badge stays in view for seconds: it is read once, and again only after it was away. */
export class SeenBadges {
  constructor() {
    this.code = "";
    this.at = -Infinity;
  }

  isNew(code, now) {
    const isNew = code !== this.code || now - this.at > SAME_AGAIN_MS;
    this.code = code;
    this.at = now;
    return isNew;
  }

  /** Somebody asks for it: what was read a moment ago counts again. */
  forget() {
    this.code = "";
  }
}

/** Whether this picture is looked at for a code: often when asked, seldom else, never beside a face being decided. */
export function isLookDue({ now, lookedAt, asked, deciding, busy }) {
  if (busy || (deciding && !asked)) return false;
  return now - lookedAt >= (asked ? ASKED_LOOK_EVERY_MS : LOOK_EVERY_MS);
}

/** The words for a badge that did not punch. */
export function refusedBadge({ hint }) {
  return { state: "badge_refused", sub: hint };
}
