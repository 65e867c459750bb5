// Paints the kiosk page: the result card, the hint, the stage, the last punches. Decides nothing.

import { element, icon, initials, setIcon } from "./dom.js";
import { describe, describeCover } from "./states.js";
import { turnOf } from "./turns.js";

const MOST_RECENT = 5;
const MOST_ROWS = 8; // faces at once that a camera may be set to
const NETWORK = {
  open: ["wifi", "Online"], closed: ["wifi-off", "Connecting…"], offline: ["wifi-off", "No connection"], stopped: ["wifi-off", "Not connected"],
};
const part = (name) => document.querySelector(`[data-part="${name}"]`);

export class KioskView {
  constructor(clock) {
    this.clock = clock;
    this.parts = Object.fromEntries(
      [...document.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]),
    );
    this.onAction = () => {};
    for (const holder of [this.parts.actions, this.parts.cover_actions]) {
      holder.addEventListener("click", (event) => {
        const button = event.target.closest("[data-act]");
        if (button) this.onAction(button.dataset.act);
      });
    }
  }

  /** Show a state; message = the server's fields. Says it aloud only when the words change. */
  show(state, message = {}) {
    const shown = describe(state, message, this.clock.read().hour);
    const said = [shown.headline, shown.sub, ...shown.rows.map((row) => Object.values(row).join(" "))].join(" ");
    document.body.dataset.state = shown.state;
    document.body.dataset.tone = shown.tone;
    if (said === this.said) return shown;
    this.said = said;
    this.#paintCard(shown);
    this.#say(shown);
    return shown;
  }

  /** Lay a state over the camera picture, or take it away (null). */
  cover(state, message = {}) {
    document.body.toggleAttribute("data-cover", Boolean(state));
    if (!state) part("alert").textContent = "";
    if (state) this.#paintCover(describeCover(state, message));
  }

  hint(text) {
    this.parts.hint.textContent = text;
    this.parts.hint.hidden = !text;
  }

  /** The arrow of a turn over the picture, and how much of its time is left; null takes it away. */
  turn(message) {
    const turn = message && turnOf(message);
    this.parts.turn.hidden = !turn;
    if (!turn) return;
    this.parts.turn.dataset.step = turn.step;
    setIcon(this.parts.turn_icon, turn.icon);
    this.parts.turn_words.textContent = turn.words;
  }

  cameraLabel(text) {
    this.parts.camera_label.textContent = text;
  }

  network(state) {
    const [name, text] = NETWORK[state];
    setIcon(this.parts.network.querySelector("svg"), name);
    this.parts.network_label.textContent = text;
    document.body.dataset.ws = state === "open" ? "open" : "closed";
  }

  notice(text) {
    this.parts.notice.textContent = text;
    this.parts.notice.hidden = !text;
  }

  /** Whose camera this is, where the page did not say so itself. */
  place({ organization, site, camera, policy }) {
    if (policy) this.parts.policy.href = policy;
    this.parts.logo.textContent = [...organization][0].toUpperCase();
    this.parts.organization.textContent = organization;
    this.parts.place.textContent = `${site} · ${camera}`;
    document.title = `${camera} · ${organization}`;
  }

  recent(punches) {
    this.parts.recent.replaceChildren(...punches.slice(0, MOST_RECENT).map(punchRow));
    this.parts.recent_empty.hidden = punches.length > 0;
  }

  addRecent(punch) {
    this.parts.recent.prepend(punchRow(punch));
    this.parts.recent_empty.hidden = true;
    while (this.parts.recent.children.length > MOST_RECENT) this.parts.recent.lastElementChild.remove();
  }

  cameras(cameras, current, choose) {
    const select = this.parts.camera_choice;
    select.replaceChildren(...cameras.map(({ deviceId, label }, i) => new Option(label || `Camera ${i + 1}`, deviceId)));
    if (current) select.value = current;
    select.closest("label").hidden = cameras.length < 2;
    select.onchange = () => choose(select.value);
  }

  #paintCard({ icon: name, headline, sub, time, rows, actions }) {
    setIcon(this.parts.icon, name);
    this.parts.headline.textContent = headline;
    this.parts.sub.textContent = sub;
    this.parts.time.textContent = time;
    this.parts.time.hidden = !time;
    this.parts.people.replaceChildren(...rows.slice(0, MOST_ROWS).map(personRow));
    this.parts.people.hidden = !rows.length;
    this.parts.actions.replaceChildren(...actions.map(actionButton));
  }

  #paintCover({ icon: name, headline, sub, actions }) {
    setIcon(this.parts.cover_icon, name);
    this.parts.cover_headline.textContent = headline;
    this.parts.cover_sub.textContent = sub;
    this.parts.cover_actions.replaceChildren(...actions.map(actionButton));
    part("alert").textContent = `${headline}. ${sub}`;
  }

  // Results are polite; what covers the picture is an alert.
  #say({ headline, sub, rows }) {
    const people = rows.filter(({ name }) => name).map(({ name, word, time }) => `${name}: ${word} ${time}.`);
    part("status").textContent = [`${headline}. ${sub}`.replace(/([.?!…])\. /, "$1 "), ...people].join(" ").trim();
  }
}

function actionButton({ act, label, icon: name, primary }) {
  const button = element("button", { className: `key-btn${primary ? " key-btn-go" : ""}` }, icon(name), element("span", { text: label }));
  button.type = "button";
  button.dataset.act = act;
  return button;
}

function personRow({ tone, icon: name, name: who, word, time }) {
  const words = element("span", { className: "grow" });
  if (who) words.append(element("span", { className: "name", text: who }));
  words.append(element(who ? "small" : "span", { text: word }));
  const row = element("li", {}, icon(name), words, element("time", { text: time }));
  row.dataset.tone = tone;
  return row;
}

function punchRow({ name, direction, time }) {
  const word = direction === "out" ? "Checked out" : "Checked in";
  const who = element("span", { className: "grow" }, element("span", { className: "name", text: name }), element("small", { text: word }));
  const mark = element("span", { className: "initials", text: initials(name) });
  mark.setAttribute("aria-hidden", "true");
  return element("li", {}, mark, who, element("time", { text: time }));
}
