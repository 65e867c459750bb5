// Paints the enrollment page: ring, arrow, words, counters, checklist, stepper. Decides nothing.

import { element, icon, setIcon } from "./dom.js";
import { describeEnroll, qualityMarks } from "./enroll_states.js";
import { inWords, SEGMENTS } from "./guide_rules.js";
import { ProgressRing } from "./progress_ring.js";

const ARROW_AT = 33; // percent of the picture, from its middle
const DOT_AT = 24; // where a full turn puts the dot
const MOST_TURN = 1.5;
const MARKS = { true: ["is-met", "circle-check"], false: ["is-unmet", "exclamation-circle"], null: ["", "circle"] };

export class EnrollView {
  constructor({ name }) {
    this.name = name;
    this.parts = Object.fromEntries(
      [...document.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]),
    );
    this.ring = new ProgressRing(this.parts.ring);
    this.onAction = () => {};
    this.parts.actions.addEventListener("click", (event) => {
      const button = event.target.closest("[data-act]");
      if (button) this.onAction(button.dataset.act);
    });
  }

  show(state, message = {}) {
    const shown = describeEnroll(state, { name: this.name, ...message });
    document.body.dataset.state = shown.state;
    document.body.dataset.tone = shown.tone;
    const said = `${shown.headline}|${shown.sub}`;
    if (said === this.said) return;
    this.said = said;
    this.#paint(shown);
  }

  /** What the server has so far: {accepted, needed, turns, segments, wanted}. */
  progress({ accepted, needed, turns = false, segments = [], wanted = [], straight = true }) {
    Object.assign(document.body.dataset, { accepted, segments: segments.join(" "), turns: turns ? "1" : "" });
    Object.assign(this, { accepted, turns, segments });
    if (turns) this.ring.turns(segments, SEGMENTS, null);
    else this.ring.steps(accepted, needed);
    this.parts.directions.textContent = `${segments.length} / ${SEGMENTS}`;
    this.parts.pictures.textContent = turns ? `${accepted}` : `${accepted} / ${needed}`;
    const isMissing = turns && straight && wanted.length > 0;
    this.parts.missing.textContent = isMissing ? `Still missing: ${inWords(wanted)}` : "";
  }

  /** Where to turn (a segment or null), and where the head looks: {right, up} in full turns, and its pose. */
  turn({ next, turn = null, degrees = null }) {
    this.#place(this.parts.arrow, next === null ? null : polar(next, ARROW_AT));
    this.#place(this.parts.dot, turn && this.turns ? dotAt(turn) : null);
    if (next !== null) this.parts.arrow.style.rotate = `${(next * 360) / SEGMENTS}deg`;
    if (this.turns && next !== this.next) this.ring.turns(this.segments, SEGMENTS, next);
    this.next = next;
    this.parts.angle.textContent = degrees ? `${signed(degrees.right)} / ${signed(degrees.up)}` : "–";
  }

  /** Everything is in: the whole ring is green. */
  allDone() {
    const segments = [...Array(SEGMENTS).keys()];
    if (this.turns) this.progress({ accepted: this.accepted, turns: true, segments });
    this.turn({ next: null });
  }

  quality(code) {
    const marks = qualityMarks(code);
    for (const [name, mark] of Object.entries(marks)) {
      const row = this.parts[`quality_${name}`];
      const [className, iconName] = MARKS[mark];
      row.className = className;
      setIcon(row.querySelector("svg"), iconName);
    }
  }

  /** Local detection is off: the checklist knows nothing. */
  hideQuality() {
    this.parts.quality.hidden = true;
  }

  /** Mark steps before `current` (from 0) as done. */
  step(current) {
    [...this.parts.steps.children].forEach((step, index) => {
      step.classList.toggle("is-done", index < current);
      step.toggleAttribute("aria-current", false);
      if (index === current) step.setAttribute("aria-current", "step");
    });
  }

  #place(node, at) {
    node.classList.toggle("is-shown", at !== null);
    if (at) Object.assign(node.style, { left: `${at.x}%`, top: `${at.y}%` });
  }

  #paint({ icon: name, headline, sub, actions, tone }) {
    setIcon(this.parts.cover_icon, name);
    this.parts.headline.textContent = headline;
    this.parts.sub.textContent = sub;
    this.parts[tone === "bad" ? "alert" : "status"].textContent = `${headline}. ${sub}`;
    this.parts.actions.replaceChildren(...actions.map(actionButton));
  }
}

function polar(segment, radius) {
  const angle = (segment * 2 * Math.PI) / SEGMENTS;
  return { x: 50 + radius * Math.sin(angle), y: 50 - radius * Math.cos(angle) };
}

function dotAt({ right, up }) {
  const share = Math.min(1, MOST_TURN / Math.max(Math.hypot(right, up), 1e-6));
  return { x: 50 + right * share * DOT_AT, y: 50 - up * share * DOT_AT };
}

const signed = (degrees) => `${Math.round(degrees)}°`.replace("-", "−");

function actionButton({ act, label, icon: name }) {
  const button = element("button", { className: "btn btn-go" }, icon(name), element("span", { text: label }));
  button.type = "button";
  button.dataset.act = act;
  return button;
}
