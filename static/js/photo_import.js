// The page that enrolls people from photos: choose, look over, run, report.

import { element, readSettings, setIcon } from "./dom.js";
import { FrameSocket, socketUrl } from "./frame_socket.js";
import { LineEnded, PhotoLine } from "./photo_line.js";
import { PhotoReader } from "./photo_reader.js";
import {
  csvOf, HEADERS, inQuestions, leftWords, numbersToAsk, kindOf, peopleOf, secondsLeft, sorted, summary, workbookOf,
} from "./photo_rules.js";
import { PhotoRun } from "./photo_run.js";
import { PhotoTable } from "./photo_table.js";
import { endWords, peopleCount, photoCount, refusalWords, reportWords, wordsOf } from "./photo_words.js";

const STEPS = ["choose", "preview", "running", "report"];
const byId = (id) => document.getElementById(id);
const page = byId("photos");
const parts = Object.fromEntries([...document.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]));

class PhotoImport {
  constructor(settings) {
    this.reader = new PhotoReader();
    this.socket = new FrameSocket(socketUrl(settings.socket));
    this.line = new PhotoLine(this.socket);
    this.table = new PhotoTable(parts);
    this.mostPhotos = 20;
    this.mostNumbers = 100;
  }

  start() {
    page.hidden = false;
    byId("zip").addEventListener("change", ({ target }) => this.#chosen(target, ([file]) => [file.name, this.reader.zip(file)]));
    byId("folder").addEventListener("change", ({ target }) => this.#chosen(target, (files) => [folderOf(files), this.reader.folder(files)]));
    page.addEventListener("click", ({ target }) => this.#act(target.closest("[data-act]")));
    const form = page.querySelector("form");
    form.addEventListener("submit", (event) => this.#submitted(event));
    form.addEventListener("change", () => this.#guarded(this.#termsChanged()));
    this.#followDrops();
    this.socket.addEventListener("message", ({ detail }) => this.#heard(detail));
    window.addEventListener("online", () => this.socket.networkBack());
    window.addEventListener("offline", () => this.socket.networkLost());
    window.addEventListener("beforeunload", (event) => { if (this.run) event.preventDefault(); });
    this.socket.connect();
    this.#step("choose");
  }

  #heard(message) {
    if (message.t !== "hello") return;
    this.connection = Symbol("connection");
    this.mostPhotos = message.most_photos;
    this.mostNumbers = message.most_numbers;
  }

  #followDrops() {
    for (const kind of ["dragover", "dragleave", "drop"]) {
      parts.drop.addEventListener(kind, (event) => {
        event.preventDefault();
        parts.drop.classList.toggle("is-over", kind === "dragover");
      });
    }
    parts.drop.addEventListener("drop", ({ dataTransfer: { files } }) => {
      if (files.length === 1) this.#guarded(this.#read(files[0].name, this.reader.zip(files[0])));
    });
  }

  // --- Choose ---------------------------------------------------------------------------------------

  #chosen(input, reading) {
    const files = [...input.files];
    input.value = ""; // the same one may be chosen again
    if (files.length) this.#guarded(this.#read(...reading(files)));
  }

  async #read(source, reading) {
    this.#refuse("");
    this.#reading("Reading the list of files…");
    const { files, refused, file } = await reading;
    const photos = files?.filter(({ name }) => !kindOf(name)) ?? [];
    if (!photos.length) return this.#refuse(refusalWords(refused ?? "no_photos", file));
    Object.assign(this, { source, files, names: photos.map(({ name }) => name) });
    this.runId = crypto.randomUUID?.() ?? String(Math.random());
    await this.#match();
    parts.source.textContent = source;
    this.#reading("");
    this.#step("preview");
  }

  /** Where no connection will come, say why and begin anew. */
  #guarded(work) {
    return work.catch((error) => {
      if (!(error instanceof LineEnded)) throw error;
      this.#restart();
      this.#refuse(endWords(error.state));
    });
  }

  #refuse(text) {
    this.#reading("");
    parts.refused.hidden = !text;
    parts.refused.textContent = text;
  }

  #reading(text) {
    parts.reading.hidden = !text;
    parts.reading.textContent = text;
  }

  // --- Look over ------------------------------------------------------------------------------------

  get terms() {
    const onPaper = byId("consent-paper").checked;
    return {
      dry_run: this.isDry !== false,
      replaces: byId("replaces").checked,
      paper_reference: onPaper ? byId("reference").value.trim() : "",
      run: this.runId,
    };
  }

  async #termsChanged() {
    parts.paper.hidden = !byId("consent-paper").checked;
    parts.reference_missing.hidden = true;
    await this.#match();
  }

  /** Ask how every number stands under the present terms, and show whose the photos are. */
  async #match() {
    const asking = this.asking = Symbol("asking");
    // Whether a paper is there decides who stands ready; where it is kept is asked for when they are enrolled.
    const terms = { ...this.terms, ...(byId("consent-paper").checked ? { paper_reference: this.terms.paper_reference || "…" } : {}) };
    const known = new Map();
    const numbers = numbersToAsk(this.names);
    await this.#told({ t: "terms", ...terms, dry_run: true }, "terms");
    const { connection } = this;
    for (const question of inQuestions(numbers, this.mostNumbers)) {
      this.#reading(`Looking up whose photos they are… ${known.size}`);
      const { people } = await this.#told({ t: "match", numbers: question }, "match");
      if (asking !== this.asking) return;
      if (connection !== this.connection) return this.#match(); // the new one was told no terms
      people.filter(({ code }) => code !== "unknown_person").forEach((one) => known.set(one.number, one));
    }
    this.rows = sorted(this.files, known, this.mostPhotos);
    this.#preview();
  }

  async #told(message, kind) {
    for (;;) {
      await this.line.ready();
      const answer = await this.line.ask(message, kind).catch(() => null);
      if (answer) return answer;
    }
  }

  #preview() {
    const { ready, people, stopped, left } = summary(this.rows);
    this.#figures([[people, "people ready"], [ready, "photos ready"], [stopped, "not used"], [left, "no photos, left out"]]);
    parts.enroll_label.textContent = people ? `Enroll ${peopleCount(people)}` : "Enroll";
    page.querySelectorAll('[data-act="try"], [data-act="enroll"]').forEach((button) => { button.disabled = !people; });
    parts.go_words.textContent = people ? "Trying out looks at every photo and writes nothing."
      : "Nobody is ready. The list below says why.";
    this.table.show(this.rows, "ready");
  }

  #figures(figures) {
    parts.figures.hidden = false;
    parts.figures.replaceChildren(...figures.map(([value, label]) => element("div", { className: "kpi" },
      element("span", { className: "lab", text: label }), element("span", { className: "val", text: String(value) }))));
  }

  #submitted(event) {
    event.preventDefault();
    const isMissing = byId("consent-paper").checked && !byId("reference").value.trim();
    parts.reference_missing.hidden = !isMissing;
    byId("reference").classList.toggle("is-invalid", isMissing);
    if (isMissing) return byId("reference").focus();
    this.#guarded(this.#begin(event.submitter?.dataset.act !== "enroll"));
  }

  // --- Run ------------------------------------------------------------------------------------------

  async #begin(isDry) {
    if (this.isBeginning) return; // a double click
    Object.assign(this, { isDry, isBeginning: true });
    delete page.dataset.end;
    await this.#match().finally(() => { this.isBeginning = false; });
    const people = peopleOf(this.rows);
    if (!people.length) return;
    this.run = new PhotoRun({ line: this.line, people, terms: this.terms, pictureOf: (row) => this.reader.picture(row) });
    this.run.addEventListener("row", ({ detail }) => this.#rowDone(detail));
    this.run.addEventListener("lost", () => this.#lost(true));
    this.run.addEventListener("back", () => this.#lost(false));
    this.run.addEventListener("end", ({ detail }) => this.#report(detail));
    parts.running_title.textContent = isDry ? "Trying out" : "Enrolling";
    parts.running_chip.textContent = isDry ? "Nothing is written" : peopleCount(people.length);
    parts.running_chip.className = `chip ${isDry ? "info" : ""}`;
    this.#lost(false);
    this.#step("running");
    this.#progress();
    this.run.start();
  }

  #rowDone(row) {
    parts.now.textContent = `${row.number} ${row.person}`;
    this.#progress();
  }

  #progress() {
    const { rows, durations, looked: { size: done } } = this.run;
    Object.assign(parts.bar, { max: rows.length, value: done });
    parts.counted.textContent = `${done} of ${photoCount(rows.length)}`;
    parts.left.textContent = this.run.paused ? "Paused" : leftWords(secondsLeft(durations, rows.length - done));
    const refused = rows.filter(({ isSettled, code }) => isSettled && code).length;
    this.#figures([[done - refused, "good so far"], [refused, "not used"], [rows.length - done, "to go"]]);
    page.dataset.done = done;
  }

  #lost(isLost) {
    parts.lost.hidden = !isLost;
    parts.lost.textContent = isLost ? "No connection. It goes on by itself when there is one; nothing done so far is lost." : "";
  }

  #pause() {
    if (this.run.paused) this.run.resume();
    else this.run.pause();
    const isPaused = Boolean(this.run.paused);
    parts.pause_label.textContent = isPaused ? "Go on" : "Pause";
    setIcon(parts.pause_label.previousElementSibling, isPaused ? "player-play" : "player-pause");
    this.#progress();
  }

  // --- Report ---------------------------------------------------------------------------------------

  #report(end) {
    this.run = null;
    this.end = end;
    const used = this.rows.filter(({ code }) => !code);
    const people = new Set(used.map(({ number }) => number)).size;
    const { stopped, left } = summary(this.rows);
    const words = reportWords({ end, dryRun: this.isDry, people, photos: used.length, others: stopped });
    parts.report_title.textContent = words.title;
    parts.report_note.className = `note ${words.tone}`;
    parts.report_note.textContent = words.text;
    const [enrolled, taken] = this.isDry ? ["people would be enrolled", "photos can be used"] : ["people enrolled", "photos used"];
    this.#figures([[people, enrolled], [used.length, taken], [stopped, "not used"], [left, "no photos, left out"]]);
    page.querySelector('[data-act="enroll_now"]').hidden = !this.isDry || !people || !["done", "stopped"].includes(end);
    this.table.show(this.rows, this.#when, stopped ? "todo" : "all");
    this.#step("report");
    parts.report_title.focus();
    parts.said.textContent = `${words.title}. ${words.text}`;
    page.dataset.end = end;
  }

  get #when() {
    return this.isDry ? "tried" : "enrolled";
  }

  get #table() {
    const lines = this.rows.map((row) => {
      const { label, todo } = wordsOf(row, this.#when);
      return [row.name, row.number, row.person, label, todo, row.code];
    });
    return [HEADERS, ...lines];
  }

  async #download(kind) {
    const bytes = kind === "csv" ? csvOf(this.#table) : await this.reader.workbook(workbookOf(this.#table));
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([bytes]));
    link.download = `${this.isDry ? "photos-tried-out" : "photos-enrolled"}.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  // --- The page -------------------------------------------------------------------------------------

  #act(button) {
    const acts = {
      restart: () => this.#restart(),
      pause: () => this.#pause(),
      cancel: () => this.run?.stop(),
      csv: () => this.#download("csv"),
      xlsx: () => this.#download("xlsx"),
      enroll_now: () => this.#guarded(this.#begin(false)),
      more: () => this.table.more(),
    };
    acts[button?.dataset.act]?.();
  }

  #restart() {
    this.asking = null; // what is still being looked up is of no interest
    this.#reading("");
    this.rows = [];
    this.table.show([], "ready");
    parts.figures.hidden = true;
    this.#step("choose");
  }

  #step(name) {
    page.dataset.step = name;
    page.querySelectorAll("[data-for]").forEach((part) => { part.hidden = part.dataset.for !== name; });
    if (name === "running") parts.rows_box.hidden = true;
    const at = STEPS.indexOf(name);
    [...parts.steps.children].forEach((step, i) => {
      step.classList.toggle("is-done", i < at);
      if (i === at) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
  }
}

const folderOf = ([first]) => first.webkitRelativePath.split("/")[0] || "Folder";

if (page) new PhotoImport(readSettings("photo-settings")).start();
