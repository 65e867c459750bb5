// The enrollment page, first form: several good frames of one person over the socket, with hints while they are taken.

import { CameraSource, onEachFrame } from "./camera_source.js";
import { readSettings } from "./dom.js";
import { CAMERA_STATES, enrollState, FINAL_STATES } from "./enroll_states.js";
import { EnrollView } from "./enroll_view.js";
import { FrameSocket, socketUrl } from "./frame_socket.js";
import { FrameTaker } from "./frame_taker.js";
import { ENROLL, Gate, mainFace } from "./gate_rules.js";
import { Steady } from "./page_state.js";
import { TrackCounter } from "./tracks.js";

const BETWEEN_FRAMES_MS = 400; // frames of the same instant teach nothing
const BUSY_SHOWN_MS = 1500;
const OFFLINE_AFTER_MS = 2000;
const HINT_LASTS_MS = 300;
const SERVER_HINT_SHOWN_MS = 2000;
const DONE_SHOWN_MS = 2000;
const REFRESH_MS = 200;

const shown = document.body.dataset;
const byId = (id) => document.getElementById(id);

class Enrollment {
  constructor(settings) {
    this.settings = settings;
    this.view = new EnrollView(settings);
    this.camera = new CameraSource(byId("video"));
    this.taker = new FrameTaker(byId("video"));
    this.socket = new FrameSocket(socketUrl(settings.socket));
    this.tracks = new TrackCounter();
    this.gate = new Gate(ENROLL);
    this.hints = new Steady(HINT_LASTS_MS);
    this.cameraState = "starting";
    this.final = null;
    this.busyUntil = 0;
    this.closedAt = null;
    this.serverHint = { text: "", until: 0 };
  }

  async start() {
    this.view.progress(0, this.settings.needed);
    this.view.onAction = (act) => this.act(act);
    byId("cancel").addEventListener("click", () => this.#cancel());
    this.#followSocket();
    this.#followCamera();
    this.socket.connect();
    setInterval(() => this.refresh(), REFRESH_MS);
    const [backend] = await Promise.all([this.taker.init(), this.camera.start()]);
    shown.backend = backend;
    this.isReady = true;
    if (backend === "none") this.view.hideQuality();
  }

  // The form or link then leads away; the socket says so first, so that nothing is taken meanwhile.
  #cancel() {
    this.socket.tell({ t: "cancel" });
    this.camera.stop();
  }

  #followCamera() {
    this.camera.addEventListener("started", () => { this.cameraState = "playing"; });
    this.camera.addEventListener("failed", ({ detail }) => {
      this.cameraState = detail;
      shown.err = this.camera.error ?? detail;
      this.refresh();
    });
    this.camera.watch();
    onEachFrame(byId("video"), () => this.onFrame());
  }

  #followSocket() {
    this.socket.addEventListener("open", () => { shown.ws = "open"; this.closedAt = null; this.refresh(); });
    this.socket.addEventListener("closed", ({ detail }) => this.#socketClosed(detail));
    this.socket.addEventListener("message", ({ detail }) => this.onMessage(detail));
    this.socket.addEventListener("lost", () => { this.busyUntil = performance.now() + BUSY_SHOWN_MS; });
    window.addEventListener("online", () => this.socket.networkBack());
    window.addEventListener("offline", () => this.#networkLost());
    if (!navigator.onLine) this.#networkLost();
  }

  #networkLost() {
    this.closedAt = -Infinity; // no waiting for a reconnect
    this.socket.networkLost();
    this.refresh();
  }

  #socketClosed({ retry, state, tooBig }) {
    shown.ws = "closed";
    this.closedAt ??= performance.now();
    if (tooBig) this.taker.useSmallerCrops();
    if (!retry) this.finish(state);
  }

  onFrame() {
    const now = performance.now();
    shown.video = "playing";
    if (this.isReady && !this.final && this.taker.isDue(now, true)) this.look(now);
  }

  async look(now) {
    const wanted = this.socket.isReady();
    const seen = await this.taker.take(now, wanted);
    if (!seen || this.final) return;
    const verdict = this.taker.isBlind ? { send: true, hint: "" } : this.#judge(seen, performance.now());
    if (wanted && verdict.send && seen.crop && this.socket.isReady()) this.#send(seen.crop);
  }

  #judge(seen, now) {
    const box = mainFace(seen.faces)?.box ?? null;
    const before = this.tracks.track;
    if (this.tracks.see(box, now) !== before) this.gate.reset();
    if (box) shown.face = "1";
    const verdict = this.gate.judge(seen, now);
    shown.code = verdict.code ?? "";
    if (verdict.code !== "no_face" || this.tracks.isEmpty(now)) {
      this.localHint = verdict.hint;
      this.view.quality(verdict.code);
    }
    return verdict;
  }

  #send({ jpeg, box, size: [w, h] }) {
    const seq = this.socket.sendFrame({ ts: Date.now(), track: this.tracks.track, box, w, h }, jpeg);
    if (seq === null) this.taker.useSmallerCrops();
    shown.sent = this.socket.counts.sent;
  }

  onMessage(message) {
    const now = performance.now();
    Object.assign(shown, { acks: this.socket.counts.acks, rtt: this.socket.counts.rtt });
    if (message.t === "hello" && message.accepted) this.view.progress(message.accepted, message.needed);
    if (message.t === "refused") this.#hintFor(message, now);
    if (message.t === "result") this.#onResult(message, now);
    this.refresh();
  }

  #onResult(message, now) {
    const { accepted, needed = this.settings.needed } = message;
    if (accepted !== undefined) this.view.progress(accepted, needed);
    const state = enrollState(message);
    if (FINAL_STATES.includes(state)) return this.finish(state, message);
    if (state === "busy") this.busyUntil = now + BUSY_SHOWN_MS;
    this.#hintFor(message, now);
    this.socket.waitFor(Math.max(message.retry_ms ?? 0, BETWEEN_FRAMES_MS));
  }

  #hintFor({ hint = "" }, now) {
    this.serverHint = { text: hint, until: now + SERVER_HINT_SHOWN_MS };
  }

  /** Nothing more is taken: the camera goes off at once. */
  finish(state, message = {}) {
    this.final = { state, message };
    shown.final = state;
    this.socket.stop();
    this.camera.stop();
    this.refresh();
    if (state !== "complete") return;
    this.view.step(2);
    setTimeout(() => location.assign(message.next ?? this.settings.done_url), DONE_SHOWN_MS);
  }

  act(name) {
    const acts = {
      retry: () => this.camera.start(),
      reload: () => location.reload(),
      back: () => location.assign(this.settings.cancel_url),
    };
    acts[name]?.();
  }

  refresh() {
    const { state, message } = this.final ?? this.#live(performance.now());
    this.view.show(state, message);
  }

  #live(now) {
    if (CAMERA_STATES.includes(this.cameraState)) return { state: this.cameraState };
    if (this.closedAt !== null && now - this.closedAt > OFFLINE_AFTER_MS) return { state: "offline" };
    if (!this.isReady || this.cameraState === "starting") return { state: "starting" };
    if (now < this.busyUntil) return { state: "busy" };
    const serverHint = now < this.serverHint.until ? this.serverHint.text : "";
    const hint = this.hints.next(this.localHint || serverHint, now);
    const isEmpty = !this.taker.isBlind && this.tracks.isEmpty(now);
    return { state: isEmpty ? "idle" : "collecting", message: { hint } };
  }
}

new Enrollment(readSettings("enroll-settings")).start();
