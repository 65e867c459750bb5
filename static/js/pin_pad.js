// The PIN panel: works without a camera and without face recognition. Without this script the form posts a page.

import { setIcon } from "./dom.js";
import { newNonce } from "./nonces.js";
import { nextStep } from "./pin_rules.js";

const STEPS = { next: ["Next: PIN", "arrow-right"], submit: ["Check in or out", "check"] };
const IDLE_MS = 30000; // a number left on the screen belongs to somebody who has gone

export class PinPad {
  /** punch: sends {number, pin, nonce, ms, taps} and gives the answer, never an error (pin_senders.js). */
  constructor(panel, { punch, onPunch }) {
    this.panel = panel;
    this.form = panel.querySelector("form");
    this.number = this.form.elements.number;
    this.pin = this.form.elements.pin;
    this.button = this.form.querySelector('[type="submit"]');
    this.message = panel.querySelector('[data-part="pin_message"]');
    Object.assign(this, { punch, onPunch, field: this.number });
    this.#listen();
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  open() {
    this.#clear();
    this.nonce = newNonce();
    this.openedAt = performance.now();
    this.taps = 1; // the one that opened it
    this.panel.hidden = false;
    document.body.dataset.pin = "open";
    this.#focus(this.number);
    this.#restart();
  }

  close() {
    clearTimeout(this.timer);
    this.#clear();
    this.panel.hidden = true;
    delete document.body.dataset.pin;
  }

  #listen() {
    this.panel.addEventListener("click", (event) => this.#pressed(event.target.closest("[data-key]")));
    // A key must not take the focus: the field that is written to stays the marked one.
    this.panel.querySelector(".keys").addEventListener("pointerdown", (event) => event.preventDefault());
    this.panel.querySelector("[data-close]").addEventListener("click", () => this.close());
    for (const field of [this.number, this.pin]) field.addEventListener("focus", () => this.#turnTo(field));
    for (const name of ["pointerdown", "keydown"]) this.panel.addEventListener(name, () => { this.taps += 1; }, { capture: true });
    this.panel.addEventListener("input", () => { this.#showStep(); this.#restart(); });
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.#submit(); });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape" && this.isOpen) this.close(); });
  }

  #pressed(key) {
    if (!key) return;
    const { key: value } = key.dataset;
    if (value === "back") this.field.value = this.field.value.slice(0, -1);
    else if (value === "letters") return this.#letters();
    else if (this.field.value.length < this.field.maxLength) this.field.value += value;
    this.#focus(this.field);
    this.#showStep();
    this.#restart();
  }

  // Staff numbers may hold letters: this brings up the tablet's own keyboard.
  #letters() {
    this.number.inputMode = "text";
    this.number.focus();
  }

  #focus(field) {
    this.#turnTo(field);
    field.focus({ preventScroll: true });
  }

  #turnTo(field) {
    this.field = field;
    this.#showStep();
  }

  get #step() {
    return nextStep({ isAtNumber: this.field === this.number, pin: this.pin.value });
  }

  #showStep() {
    const [label, name] = STEPS[this.#step];
    this.button.querySelector("span").textContent = label;
    setIcon(this.button.querySelector("svg"), name);
  }

  #restart() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.close(), IDLE_MS);
  }

  #clear() {
    this.form.reset();
    this.number.inputMode = "none";
    this.#tell("");
  }

  #tell(text) {
    this.message.textContent = text;
    this.message.hidden = !text;
  }

  async #submit() {
    if (!this.number.value.trim()) return this.#ask(this.number, "Enter your number first.");
    if (this.#step === "next") return this.#ask(this.pin, "");
    if (!this.pin.value) return this.#ask(this.pin, "Now enter your PIN.");
    clearTimeout(this.timer);
    this.form.inert = true;
    const spent = { ms: Math.round(performance.now() - this.openedAt), taps: this.taps };
    const answer = await this.punch({ number: this.number.value, pin: this.pin.value, nonce: this.nonce, ...spent });
    this.form.inert = false;
    if (answer.state === "refused") {
      this.pin.value = "";
      return this.#ask(this.pin, answer.hint);
    }
    this.close();
    this.onPunch(answer);
  }

  #ask(field, text) {
    this.#tell(text);
    this.#focus(field);
    this.#restart();
  }
}
