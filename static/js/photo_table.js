// Paints the photos as rows, a hundred at a time, all of them or those that somebody must look at.

import { element, icon } from "./dom.js";
import { wordsOf } from "./photo_words.js";

const AT_ONCE = 100;
const LABELS = ["File", "Person", "Result", "What to do"];
const FILTERS = [["all", "All"], ["todo", "To look at"], ["fine", "Fine"]];

const isTodo = (row) => Boolean(row.code) && wordsOf(row, "ready").tone !== "";
const KEEPS = { all: () => true, todo: isTodo, fine: (row) => !row.code };

export class PhotoTable {
  constructor(parts) {
    this.parts = parts;
    this.filter = "all";
    this.rows = [];
    parts.filter.addEventListener("click", ({ target }) => {
      const { filter } = target.closest("button")?.dataset ?? {};
      if (filter) this.show(this.rows, this.when, filter);
    });
  }

  /** when: "ready", "tried" or "enrolled". */
  show(rows, when, filter = "all") {
    Object.assign(this, { rows, when, filter, shown: 0 });
    this.parts.rows_box.hidden = !rows.length;
    this.parts.rows.replaceChildren();
    this.#filters();
    this.more();
  }

  more() {
    const kept = this.rows.filter(KEEPS[this.filter]);
    this.parts.rows.append(...kept.slice(this.shown, this.shown + AT_ONCE).map((row) => this.#line(row)));
    this.shown = Math.min(kept.length, this.shown + AT_ONCE);
    this.parts.rows_foot.hidden = this.shown === kept.length;
    this.parts.rows_words.textContent = `${this.shown} of ${kept.length} shown`;
  }

  #filters() {
    this.parts.filter.replaceChildren(...FILTERS.map(([name, label]) => {
      const number = this.rows.filter(KEEPS[name]).length;
      const button = element("button", { className: "btn btn-s", text: `${label} ${number}` });
      Object.assign(button, { type: "button", disabled: !number });
      button.dataset.filter = name;
      button.setAttribute("aria-pressed", String(name === this.filter));
      return button;
    }));
  }

  #line(row) {
    const { tone, icon: name, label, todo } = wordsOf(row, this.when);
    const chip = element("span", { className: `chip ${tone}` }, icon(name), element("span", { text: label }));
    const person = row.number ? [element("span", { className: "n", text: row.number }), ` ${row.person}`] : [];
    const cells = [[element("span", { className: "name photo-file", text: row.name })], person, [chip], todo ? [todo] : []];
    const line = element("tr", {}, ...cells.map((inner, i) => cell(i, inner)));
    line.setAttribute("role", "row");
    return line;
  }
}

function cell(at, inner) {
  const made = element("td", { className: at === 2 ? "c-status" : at === 3 ? "photo-todo" : "" }, ...inner);
  made.setAttribute("role", "cell");
  if (at && at < 3) made.dataset.label = LABELS[at];
  return made;
}
