// The page of a camera's test: one try after another, each counted by the server. Nothing here can make a punch.

import { CameraSource, onEachFrame } from "./camera_source.js";
import { readSettings, setIcon } from "./dom.js";
import { FrameSocket, socketUrl } from "./frame_socket.js";
import { FrameTaker } from "./frame_taker.js";
import { mainFace } from "./gate_rules.js";
import { boundWords, wordsOf } from "./spoof_rules.js";

const GIVE_UP_AFTER_MS = 15000; // nobody stands that long in front of a kiosk
const REFRESH_MS = 200;
const OFFLINE_AFTER_MS = 2000;

const shown = document.body.dataset;
const byId = (id) => document.getElementById(id);

class SpoofTest {
  constructor(settings) {
    this.settings = settings;
    this.parts = Object.fromEntries([...document.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]));
    this.camera = new CameraSource(byId("video"));
    this.taker = new FrameTaker(byId("video"));
    this.socket = new FrameSocket(socketUrl(settings.socket));
    this.facts = { problem: null, outcome: "", isTrying: false, seen: 0, hint: "", ready: false };
    this.closedAt = null;
    this.track = 0;
  }

  async start() {
    this.counts(this.settings.counts);
    this.#followSocket();
    this.#followCamera();
    this.parts.begin.addEventListener("click", () => this.begin());
    this.parts.give_up.addEventListener("click", () => this.giveUp());
    this.parts.retry.addEventListener("click", () => this.camera.start());
    document.addEventListener("keydown", (event) => this.#key(event));
    this.socket.connect();
    setInterval(() => this.refresh(), REFRESH_MS);
    const [backend] = await Promise.all([this.taker.init(), this.camera.start()]);
    shown.backend = backend;
    this.facts.ready = true;
    this.refresh();
  }

  // Space presses the button, wherever the focus is; on a button it does so anyway.
  #key(event) {
    if (event.code !== "Space" || event.target.closest("button, a")) return;
    event.preventDefault();
    this.begin();
  }

  #followCamera() {
    this.camera.addEventListener("started", () => { this.cameraProblem = null; });
    this.camera.addEventListener("failed", ({ detail }) => { this.cameraProblem = detail; this.refresh(); });
    this.camera.watch();
    onEachFrame(byId("video"), () => this.onFrame());
  }

  #followSocket() {
    this.socket.addEventListener("open", () => { shown.ws = "open"; this.closedAt = null; });
    this.socket.addEventListener("closed", ({ detail }) => this.#closed(detail));
    this.socket.addEventListener("message", ({ detail }) => this.onMessage(detail));
    window.addEventListener("online", () => this.socket.networkBack());
    window.addEventListener("offline", () => this.socket.networkLost());
  }

  // A try that was under way is lost with its connection, and not counted.
  #closed({ retry, state, tooBig }) {
    shown.ws = "closed";
    this.closedAt ??= performance.now();
    this.facts.isTrying = false;
    if (tooBig) this.taker.useSmallerCrops();
    if (retry) return;
    this.stopped = state ?? "revoked";
    this.camera.stop();
    this.refresh();
  }

  begin() {
    if (this.facts.isTrying || this.parts.begin.disabled) return;
    this.species = document.querySelector('[name="species"]:checked').value;
    this.track += 1;
    Object.assign(this.facts, { isTrying: true, outcome: "", species: this.species, seen: 0, hint: "" });
    this.startedAt = performance.now();
    this.socket.tell({ t: "try", species: this.species });
    this.refresh();
  }

  giveUp() {
    if (!this.facts.isTrying) return;
    this.facts.isTrying = false;
    this.socket.tell({ t: "unanswered" });
    this.refresh();
  }

  onFrame() {
    shown.video = "playing";
    const now = performance.now();
    if (this.facts.ready && !this.stopped && this.taker.isDue(now, true)) this.look(now);
  }

  async look(now) {
    const wanted = this.facts.isTrying && this.socket.isReady();
    const seen = await this.taker.take(now, wanted);
    if (!seen?.crop || !this.facts.isTrying || !this.socket.isReady()) return;
    const { jpeg, box, size: [w, h] } = seen.crop;
    if (!this.taker.isBlind && !mainFace(seen.faces)) return;
    const ts = Math.round(performance.timeOrigin + performance.now());
    const seq = this.socket.sendFrame({ ts, track: this.track, box, w, h }, jpeg);
    if (seq === null) this.taker.useSmallerCrops();
    shown.sent = this.socket.counts.sent;
  }

  onMessage(message) {
    if (message.t === "hello") this.#welcomed(message);
    if (message.t === "refused" && message.code === "frame_too_large") this.taker.useSmallerCrops();
    if (message.t === "result") this.#onResult(message);
    this.refresh();
  }

  #welcomed({ view = "wide", counts }) {
    this.taker.view = view;
    if (counts) this.counts(counts);
  }

  #onResult(message) {
    this.closed = message.state === "closed";
    if (message.state === "searching") Object.assign(this.facts, { seen: message.seen ?? this.facts.seen, hint: message.hint ?? "" });
    if (message.state !== "tried") return;
    Object.assign(this.facts, { isTrying: false, outcome: message.outcome });
    shown.tried = Number(shown.tried ?? 0) + 1;
    this.counts(message.counts);
  }

  counts(counts) {
    for (const species of Object.keys(this.settings.species)) {
      this.parts[`tries_${species}`].textContent = counts[species]?.tries ?? 0;
      this.parts[`words_${species}`].textContent = boundWords(species, counts[species]);
    }
  }

  refresh() {
    const now = performance.now();
    if (this.facts.isTrying && now - this.startedAt > GIVE_UP_AFTER_MS) this.giveUp();
    this.facts.problem = this.#problem(now);
    const { isTrying, problem, ready } = this.facts;
    const { headline, sub, tone } = wordsOf(this.facts);
    const outcome = tone && this.facts.outcome;
    this.#say(headline, sub);
    Object.assign(shown, { outcome, tone });
    shown.state = problem ?? (isTrying ? "trying" : outcome || (ready ? "ready" : "starting"));
    this.parts.begin.disabled = isTrying || Boolean(problem) || !ready || !this.socket.isOpen;
    this.parts.give_up.hidden = !isTrying;
    this.parts.retry.hidden = !this.cameraProblem;
    this.#cover(this.cameraProblem ?? (this.stopped ? "stopped" : null));
  }

  #problem(now) {
    if (this.stopped) return this.stopped;
    if (this.cameraProblem) return this.cameraProblem;
    if (this.closed) return "closed";
    return this.closedAt !== null && now - this.closedAt > OFFLINE_AFTER_MS ? "offline" : null;
  }

  #cover(why) {
    if (why === this.covered) return;
    this.covered = why;
    if (!why) {
      delete shown.cover;
      return;
    }
    shown.cover = why;
    setIcon(this.parts.cover_icon, "camera-off");
    this.parts.cover_words.textContent = "No picture";
  }

  #say(headline, sub) {
    if (`${headline}|${sub}` === this.said) return;
    this.said = `${headline}|${sub}`;
    this.parts.headline.textContent = headline;
    this.parts.sub.textContent = sub;
    this.parts[this.facts.problem ? "alert" : "status"].textContent = `${headline}. ${sub}`;
  }
}

new SpoofTest(readSettings("spoof-settings")).start();
