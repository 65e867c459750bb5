// Which frames are worth sending: one face, near enough, whole, lit and sharp. Says what the person can do.

const TOO_DARK = "It is very dark here. Turn on a light";

// clearlyLarger: the next face must be this many times smaller to count as background. aloneMs: how long one face must
// have been the only one before the first frame; a reference is kept for years, so enrollment looks longer.
export const PUNCH = { leastWidth: 120, clearlyLarger: 1.5, aloneMs: 0, tooDarkToSee: `${TOO_DARK}, or use your PIN.` };
export const ENROLL = { leastWidth: 160, clearlyLarger: 2.5, aloneMs: 1000, tooDarkToSee: `${TOO_DARK}.` };

export const HINTS = {
  no_face: "Look at the camera.",
  two_faces: "One person at a time, please.",
  too_small: "Come a little closer.",
  cut_off: "Move to the middle of the picture.",
  too_dark: "It is too dark. Turn towards the light.",
  too_bright: "It is too bright. Turn away from the light.",
  blurred: "Hold still for a moment.",
  // Only the server sees these two.
  turned_away: "Face the camera.",
  covered: "Show eyes and mouth: take off sunglasses or mask.",
};

const BLACK = 40; // mean of the whole picture: nobody can be found in it
const DARK = 60;
const BRIGHT = 215;
const SHARP = 40; // Laplacian variance on 64 x 64 px
const PATIENCE_MS = 3000;
const STEADY_DETECTIONS = 2;
// After two people. Measured: the detector loses one of two side by side for single looks, so a look that shows one
// face proves nothing.
const ALONE_AGAIN_MS = 1500;
const ALONE_AGAIN_LOOKS = 4;
const OVERLAP_LOST = 0.12; // of the face box outside the picture

const byWidth = (a, b) => b.box[2] - a.box[2];

/** The face the frame is about: the widest. null without faces. */
export function mainFace(faces) {
  return [...faces].sort(byWidth)[0] ?? null;
}

function isCrowded(faces, clearlyLarger) {
  const [first, second] = [...faces].sort(byWidth);
  return second !== undefined && first.box[2] < clearlyLarger * second.box[2];
}

function isCutOff([x, y, w, h], [width, height]) {
  const inside = (Math.min(x + w, width) - Math.max(x, 0)) * (Math.min(y + h, height) - Math.max(y, 0));
  return inside < (1 - OVERLAP_LOST) * w * h;
}

/** A code that keeps the frame back for certain, or null. */
export function placeCode(faces, size, { leastWidth, clearlyLarger }) {
  const face = mainFace(faces);
  if (!face) return "no_face";
  if (isCrowded(faces, clearlyLarger)) return "two_faces";
  if (face.box[2] < leastWidth) return "too_small";
  return isCutOff(face.box, size) ? "cut_off" : null;
}

/** A code about the picture that the server may judge better than these cheap measures, or null. */
export function pictureCode({ luma, sharpness }) {
  if (luma < DARK) return "too_dark";
  if (luma > BRIGHT) return "too_bright";
  return sharpness < SHARP ? "blurred" : null;
}

/** While the head is turned: a moving face is never sharp, and a face that looks away is what was asked for. */
export function turnVerdict({ faces }) {
  const code = !faces.length ? "no_face" : isCrowded(faces, PUNCH.clearlyLarger) ? "two_faces" : null;
  return { send: !code, code, hint: HINTS[code] ?? "" };
}

/** In a passage every picture with a face in it is sent; the server says of each face what is wrong. */
export function groupVerdict({ faces }) {
  return { send: faces.length > 0, code: faces.length ? null : "no_face", hint: "" };
}

/** Since when one face is the only one: the rule that no patience overrules. */
class Alone {
  constructor(forMs, looks) {
    Object.assign(this, { forMs, leastLooks: looks, looks: 0, since: null });
  }

  see(now) {
    this.looks += 1;
    this.since ??= now;
  }

  isSure(now) {
    return this.looks >= this.leastLooks && now - this.since >= this.forMs;
  }
}

/** Remembers one approach: alone, steady for two detections, and patience with a picture that stays poor. */
export class Gate {
  constructor(limits) {
    this.limits = limits;
    this.afterCrowd = false;
    this.reset();
  }

  /** Somebody else stands here. A crowd is not forgotten: of two people, now one and now the other is the main face. */
  reset() {
    this.steady = 0;
    this.poorSince = null;
    if (!this.afterCrowd) this.alone = new Alone(this.limits.aloneMs, 0);
  }

  /**
   * Judge one detection {faces, size, luma, sharpness} at `now` (ms). Returns {send, code, hint}.
   * After 3 s of a poor picture the frame is sent all the same: a person must never be stuck at a gate because
   * a cheap camera looks soft; the server has the last word. Detectors miss every second soft frame, so a missed
   * one takes nothing back. Two people are no poor picture: the server sees only the cut-out of one of them.
   */
  judge(detection, now) {
    const code = this.#crowdCode(placeCode(detection.faces, detection.size, this.limits), now);
    if (code === "no_face") return this.#judgeEmpty(detection);
    if (code) {
      this.steady = 0;
      return { send: false, code, hint: HINTS[code] };
    }
    this.steady += 1;
    return this.#judgePicture(pictureCode(detection), now);
  }

  // "two_faces" until one face has been the only one for long enough, else the code of this look.
  #crowdCode(code, now) {
    if (code === "no_face") return code;
    if (code === "two_faces") {
      this.afterCrowd = true;
      this.alone = new Alone(ALONE_AGAIN_MS, ALONE_AGAIN_LOOKS);
      return code;
    }
    this.alone.see(now);
    if (this.afterCrowd && !this.alone.isSure(now)) return "two_faces";
    this.afterCrowd = false;
    return code;
  }

  #judgeEmpty({ luma }) {
    this.steady = 0;
    const code = luma < BLACK ? "too_dark" : "no_face";
    return { send: false, code, hint: code === "too_dark" ? this.limits.tooDarkToSee : "" };
  }

  #judgePicture(code, now) {
    const isAlone = this.alone.isSure(now);
    if (!code) {
      this.poorSince = null;
      return { send: isAlone && this.steady >= STEADY_DETECTIONS, code: null, hint: "" };
    }
    this.poorSince ??= now;
    return { send: isAlone && now - this.poorSince >= PATIENCE_MS, code, hint: HINTS[code] };
  }
}
