// Several people in one picture: what the server said of each face, as rows of the card and tones of the brackets. No DOM.

import { RESULT_SHOWN_MS } from "./approach.js";

const FRESH_MS = 1500; // an answer about faces that may have left
const SAME_PLACE = 0.6; // of the face's width, between a face the page sees and one the server answered

const ROWS = {
  recognised: { tone: "ok", icon: "circle-check", word: ({ direction }) => (direction === "out" ? "Checked out" : "Checked in") },
  already: { tone: "info", icon: "info-circle", word: ({ code }) => (code === "already_out" ? "Already out" : "Already in") },
  unknown: { tone: "warn", icon: "user-question", word: () => "Not recognised: use your PIN" },
  ambiguous: { tone: "warn", icon: "dialpad", word: () => "Use your PIN" },
  unsure: { tone: "warn", icon: "dialpad", word: () => "Use your PIN" },
};
const SEARCHING = { tone: "info", icon: "focus-centered", word: ({ hint }) => (hint ?? "").replace(/\.$/, "") || "Hold still…" };

const centre = ([x, y, w, h]) => [x + w / 2, y + h / 2];

function rowOf(face) {
  const { tone, icon, word } = ROWS[face.state] ?? SEARCHING;
  return { state: face.state, tone, icon, name: face.name ?? "", word: word(face), time: face.time ?? "" };
}

export class Crowd {
  constructor() {
    this.faces = [];
    this.at = -Infinity;
    this.results = new Map(); // by name: a result stays readable although its person walked on
  }

  /** The server's answer: [{box (shares of the picture), state, name?, direction?, time?, code?, hint?}]. */
  see(faces, now) {
    this.faces = faces;
    this.at = now;
    for (const face of faces) if (face.name) this.results.set(face.name, { face, until: now + RESULT_SHOWN_MS });
  }

  /** The card's rows: who was booked, then who is still looked at. */
  rows(now) {
    for (const [name, { until }] of this.results) if (now >= until) this.results.delete(name);
    const waiting = now - this.at < FRESH_MS ? this.faces.filter(({ name }) => !name) : [];
    return [...[...this.results.values()].map(({ face }) => face), ...waiting].map(rowOf);
  }

  /** The tone of a face the page sees, by the answered face in the same place. box in pixels of size. */
  toneOf(box, [width, height], now) {
    if (now - this.at > FRESH_MS) return SEARCHING.tone;
    const [x, y] = centre(box);
    const near = this.faces.find((face) => {
      const [faceX, faceY] = centre(face.box);
      return Math.hypot(faceX * width - x, faceY * height - y) < SAME_PLACE * box[2];
    });
    return near ? rowOf(near).tone : SEARCHING.tone;
  }
}
