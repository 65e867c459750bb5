// Paints the enrollment page: ring, words, checklist, stepper. Decides nothing.

import { element, icon, setIcon } from "./dom.js";
import { describeEnroll, qualityMarks } from "./enroll_states.js";
import { ProgressRing } from "./progress_ring.js";

const MARKS = { true: ["is-met", "circle-check"], false: ["is-unmet", "exclamation-circle"], null: ["", "circle"] };

export class EnrollView {
  constructor({ needed, name }) {
    this.name = name;
    this.parts = Object.fromEntries(
      [...document.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]),
    );
    this.ring = new ProgressRing(this.parts.ring, needed);
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

  progress(accepted, needed) {
    document.body.dataset.accepted = accepted;
    this.ring.show(accepted);
    this.parts.count.textContent = `${accepted} of ${needed} pictures`;
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

  #paint({ icon: name, headline, sub, actions, tone }) {
    setIcon(this.parts.cover_icon, name);
    this.parts.headline.textContent = headline;
    this.parts.sub.textContent = sub;
    this.parts[tone === "bad" ? "alert" : "status"].textContent = `${headline}. ${sub}`;
    this.parts.actions.replaceChildren(...actions.map(actionButton));
  }
}

function actionButton({ act, label, icon: name }) {
  const button = element("button", { className: "btn btn-go" }, icon(name), element("span", { text: label }));
  button.type = "button";
  button.dataset.act = act;
  return button;
}
