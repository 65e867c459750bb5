// Which frames are worth sending: one face, near enough, whole, lit and sharp. Says what the person can do.

export const PUNCH = { leastWidth: 120 };
export const ENROLL = { leastWidth: 160 };

export const HINTS = {
  no_face: "Look at the camera.",
  two_faces: "One person at a time, please.",
  too_small: "Come a little closer.",
  cut_off: "Move to the middle of the picture.",
  too_dark: "It is too dark. Turn towards the light.",
  too_bright: "It is too bright. Turn away from the light.",
  blurred: "Hold still for a moment.",
};

export const TOO_DARK_TO_SEE = "It is very dark here. Turn on a light, or use your PIN.";

const BLACK = 40; // mean of the whole picture: nobody can be found in it
const CLEARLY_LARGER = 1.3; // the next face must be this much smaller to count as background
const DARK = 60;
const BRIGHT = 215;
const SHARP = 40; // Laplacian variance on 64 x 64 px
const PATIENCE_MS = 3000;
const STEADY_DETECTIONS = 2;
const OVERLAP_LOST = 0.12; // of the face box outside the picture

const byWidth = (a, b) => b.box[2] - a.box[2];

/** The face the frame is about: the widest. null without faces. */
export function mainFace(faces) {
  return [...faces].sort(byWidth)[0] ?? null;
}

function isCrowded(faces) {
  const [first, second] = [...faces].sort(byWidth);
  return second !== undefined && first.box[2] < CLEARLY_LARGER * second.box[2];
}

function isCutOff([x, y, w, h], [width, height]) {
  const inside = (Math.min(x + w, width) - Math.max(x, 0)) * (Math.min(y + h, height) - Math.max(y, 0));
  return inside < (1 - OVERLAP_LOST) * w * h;
}

/** A code that keeps the frame back for certain, or null. */
export function placeCode(faces, size, { leastWidth }) {
  const face = mainFace(faces);
  if (!face) return "no_face";
  if (isCrowded(faces)) return "two_faces";
  if (face.box[2] < leastWidth) return "too_small";
  return isCutOff(face.box, size) ? "cut_off" : null;
}

/** A code about the picture that the server may judge better than these cheap measures, or null. */
export function pictureCode({ luma, sharpness }) {
  if (luma < DARK) return "too_dark";
  if (luma > BRIGHT) return "too_bright";
  return sharpness < SHARP ? "blurred" : null;
}

/** Remembers one approach: steady for two detections, and patience with a picture that stays poor. */
export class Gate {
  constructor(limits) {
    this.limits = limits;
    this.reset();
  }

  /** Somebody else stands here. */
  reset() {
    this.steady = 0;
    this.poorSince = null;
  }

  /**
   * Judge one detection {faces, size, luma, sharpness} at `now` (ms). Returns {send, code, hint}.
   * After 3 s of a poor picture the frame is sent all the same: a person must never be stuck at a gate because
   * a cheap camera looks soft; the server has the last word. Detectors miss every second soft frame, so a missed
   * one takes nothing back.
   */
  judge(detection, now) {
    const code = placeCode(detection.faces, detection.size, this.limits);
    if (code === "no_face") return this.#judgeEmpty(detection);
    if (code) {
      this.steady = 0;
      return { send: false, code, hint: HINTS[code] };
    }
    this.steady += 1;
    return this.#judgePicture(pictureCode(detection), now);
  }

  #judgeEmpty({ luma }) {
    this.steady = 0;
    const code = luma < BLACK ? "too_dark" : "no_face";
    return { send: false, code, hint: code === "too_dark" ? TOO_DARK_TO_SEE : "" };
  }

  #judgePicture(code, now) {
    if (!code) {
      this.poorSince = null;
      return { send: this.steady >= STEADY_DETECTIONS, code: null, hint: "" };
    }
    this.poorSince ??= now;
    return { send: now - this.poorSince >= PATIENCE_MS, code, hint: HINTS[code] };
  }
}
