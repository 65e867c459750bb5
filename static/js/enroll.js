// The enrollment page: good frames of one person over the socket while they turn their head through a ring of eight
// segments, or look straight. Whose page it is (an operator's, or the person's own phone) stands in its settings.

import { CameraSource, onEachFrame } from "./camera_source.js";
import { readSettings } from "./dom.js";
import { CAMERA_STATES, enrollState, FINAL_STATES } from "./enroll_states.js";
import { EnrollView } from "./enroll_view.js";
import { FrameSocket, socketUrl } from "./frame_socket.js";
import { FrameTaker } from "./frame_taker.js";
import { ENROLL, Gate, mainFace } from "./gate_rules.js";
import { Guide, WORDS } from "./guide_rules.js";
import { Steady } from "./page_state.js";
import { TrackCounter } from "./tracks.js";

const BETWEEN_FRAMES_MS = 400; // straight frames of the same instant teach nothing
const BETWEEN_TURNS_MS = 60; // a turn is over soon
const BUSY_SHOWN_MS = 1500;
const OFFLINE_AFTER_MS = 2000;
const HINT_LASTS_MS = 300;
const SERVER_HINT_SHOWN_MS = 2000;
const DONE_SHOWN_MS = 2000;
const REFRESH_MS = 200;
const HIDDEN_MS = 60000; // who looks at something else for so long has left; the server then ends the visit

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
    this.guide = new Guide();
    this.hints = new Steady(HINT_LASTS_MS);
    this.cameraState = "starting";
    this.final = null;
    this.busyUntil = 0;
    this.closedAt = null;
    this.serverHint = { text: "", until: 0 };
  }

  async start() {
    this.view.progress({ accepted: 0, needed: this.settings.needed });
    this.view.onAction = (act) => this.act(act);
    byId("cancel").addEventListener("click", () => this.#cancel());
    this.#offerStill();
    this.#followSocket();
    this.#followCamera();
    this.#followVisibility();
    this.socket.connect();
    setInterval(() => this.refresh(), REFRESH_MS);
    const [backend] = await Promise.all([this.taker.init({ poses: true }), this.camera.start()]);
    shown.backend = backend;
    this.isReady = true;
    if (backend === "none") this.view.hideQuality();
  }

  // The form or link then leads away; the socket says so first, so that nothing is taken meanwhile.
  #cancel() {
    this.socket.tell({ t: "cancel" });
    this.camera.stop();
  }

  // Whoever cannot turn their head looks straight instead; the server writes down who said so.
  #offerStill() {
    const ask = byId("cannot-turn-ask");
    byId("cannot-turn").addEventListener("click", () => { ask.returnValue = ""; ask.showModal(); });
    ask.addEventListener("close", () => {
      if (ask.returnValue === "yes") this.socket.tell({ t: "cannot_turn" });
    });
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

  // Behind another page or on a phone put away: no camera stays on, and nothing keeps the visit alive.
  #followVisibility() {
    document.addEventListener("visibilitychange", () => {
      clearTimeout(this.hiddenTimer);
      if (this.final) return;
      if (document.hidden) this.hiddenTimer = setTimeout(() => this.#rest(), HIDDEN_MS);
      else if (this.isResting) this.#goOn();
    });
  }

  #rest() {
    if (this.final) return;
    Object.assign(this, { isResting: true, cameraState: "starting" });
    this.camera.stop();
    this.socket.stop();
  }

  #goOn() {
    this.isResting = false;
    this.socket.connect();
    this.camera.start();
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
    const plan = this.taker.isBlind ? { send: true, segment: null } : this.#plan(seen, performance.now());
    this.view.turn(this.guide);
    if (wanted && plan.send && seen.crop && this.socket.isReady()) this.#send(seen.crop, plan.segment);
  }

  // A moving face is never quite sharp here, and the server has the last word on that.
  #plan(seen, now) {
    const verdict = this.#judge(seen, now);
    const plan = this.guide.see(seen.pose, now);
    const isFit = verdict.send || (this.guide.isTurning && verdict.code === "blurred");
    return { send: isFit && plan.send, segment: plan.segment };
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

  #send({ jpeg, box, size: [w, h] }, segment) {
    const header = { ts: Date.now(), track: this.tracks.track, box, w, h };
    const seq = this.socket.sendFrame(segment === null ? header : { ...header, segment }, jpeg);
    if (seq === null) this.taker.useSmallerCrops();
    else this.guide.noteSent(segment);
    shown.sent = this.socket.counts.sent;
  }

  onMessage(message) {
    const now = performance.now();
    Object.assign(shown, { acks: this.socket.counts.acks, rtt: this.socket.counts.rtt });
    if (message.t === "hello" && this.#hasEnded(message)) return;
    if (message.t === "hello" || message.t === "progress") this.#progress(message);
    if (message.t === "refused") this.#hintFor(message, now);
    if (message.t === "result") this.#onResult(message, now);
    this.refresh();
  }

  /** The answer to the last frame was lost with the connection: the hello of the next one says how it ended. */
  #hasEnded(hello) {
    const state = enrollState(hello);
    const isOver = FINAL_STATES.includes(state);
    if (isOver) this.finish(state, hello);
    return isOver;
  }

  #onResult(message, now) {
    const state = enrollState(message);
    if (FINAL_STATES.includes(state)) return this.finish(state, message);
    this.#progress(message);
    if (state === "busy") this.busyUntil = now + BUSY_SHOWN_MS;
    this.#hintFor(message, now);
    this.socket.waitFor(Math.max(message.retry_ms ?? 0, this.guide.isTurning ? BETWEEN_TURNS_MS : BETWEEN_FRAMES_MS));
  }

  /** What the server has so far; an answer about one frame alone says nothing about it. */
  #progress(message) {
    if (message.segments === undefined) return;
    this.guide.told(message);
    this.view.progress(message);
    this.view.turn(this.guide);
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
    this.view.allDone();
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
    return { state: isEmpty ? "idle" : "collecting", message: { hint, guided: this.#guided() } };
  }

  #guided() {
    if (!this.guide.state.turns) return null;
    const isStraight = this.taker.isBlind ? !this.guide.isTurning : this.guide.needsStraight;
    return { next: isStraight ? null : WORDS[this.guide.next] };
  }
}

new Enrollment(readSettings("enroll-settings")).start();
