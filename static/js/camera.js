// The kiosk: camera in, frames out, results on the screen. Rules live in the modules it joins.

import { Approach, RESULT_SHOWN_MS } from "./approach.js";
import { BadgeReader } from "./badge_reader.js";
import { refusedBadge } from "./badge_rules.js";
import { CameraSource, onEachFrame } from "./camera_source.js";
import { FrameSocket, socketUrl } from "./frame_socket.js";
import { Crowd } from "./crowd.js";
import { FrameTaker } from "./frame_taker.js";
import { Gate, groupVerdict, mainFace, PUNCH, turnVerdict } from "./gate_rules.js";
import { KioskView } from "./kiosk_view.js";
import { newNonce } from "./nonces.js";
import { Overlay } from "./overlay.js";
import { pageState, Steady } from "./page_state.js";
import { PinPad } from "./pin_pad.js";
import { SiteClock } from "./site_clock.js";
import { COVERING, restAfter, stateOf } from "./states.js";
import { TrackCounter } from "./tracks.js";
import { isOver, running } from "./turns.js";

const BUSY_SHOWN_MS = 1500;
const CLOSED_ASK_AGAIN_MS = 30000;
const ANSWER_WAIT_MS = 5000;
const HINT_LASTS_MS = 300;
const REFRESH_MS = 200;

const shown = document.body.dataset;
const byId = (id) => document.getElementById(id);

/**
 * settings: {socket, …place} of a member's page; a paired device learns its place from the hello.
 * greet: signs the server's challenge; punch: sends what the PIN panel holds, punchByBadge a badge's code, and each
 * gives the answer.
 */
export class Kiosk {
  constructor(settings, { punch, punchByBadge, greet = null }) {
    Object.assign(this, { settings, punchByBadge, isPaired: Boolean(greet) });
    this.clock = new SiteClock(settings.time_zone, { isNarrow: matchMedia("(max-width: 560px)").matches });
    this.view = new KioskView(this.clock);
    this.overlay = new Overlay(byId("overlay"));
    this.camera = new CameraSource(byId("video"));
    this.taker = new FrameTaker(byId("video"));
    this.socket = new FrameSocket(socketUrl(settings.socket), { greet });
    this.pin = new PinPad(byId("pin"), { punch, onPunch: (answer) => this.showResult(answer, null) });
    this.badges = new BadgeReader(byId("video"));
    this.tracks = new TrackCounter();
    this.approach = new Approach(this.tracks);
    this.gate = new Gate(PUNCH);
    this.hints = new Steady(HINT_LASTS_MS);
    this.crowd = null; // a passage, where several people are looked at in one picture
    this.sentTrack = 0;
    this.notice = "";
    this.facts = {
      stopped: null, result: null, badge: false, question: null, turn: null, camera: "starting", closedSocketAt: null,
      busyUntil: 0, offline: false, ready: false, code: "", hint: "", closed: null, clock: null,
    };
  }

  start() {
    this.#show();
    this.#followSocket();
    this.socket.connect();
    if (this.settings.organization) this.#settle(this.settings);
    setInterval(() => this.refresh(), REFRESH_MS);
    this.refresh();
  }

  /** A device without a key: nothing to connect with. */
  showUnpaired() {
    this.#show();
    this.facts.stopped = "unpaired";
    this.view.network("stopped");
    this.refresh();
  }

  #show() {
    byId("full_screen").addEventListener("click", () => document.documentElement.requestFullscreen?.());
    this.clock.show(byId("clock"), byId("day"));
    this.view.onAction = (act) => this.act(act);
    this.badges.listen(() => !this.pin.isOpen && !this.facts.stopped);
    this.badges.addEventListener("badge", ({ detail }) => this.onBadge(detail));
  }

  /** Whose camera this is: told by the page, or by the hello. */
  #settle(place) {
    const isFirst = !this.place;
    this.place = place;
    this.clock.move(place.time_zone);
    this.view.place(place);
    this.view.recent(place.recent);
    this.facts.closed = place.face ? null : { message: place.face_message };
    if (place.face && isFirst) this.#startCamera();
  }

  async #startCamera() {
    const [backend] = await Promise.all([this.taker.init(), this.#openCamera()]);
    shown.backend = backend;
    if (backend === "none") shown.err = this.taker.detector.reason ?? "";
    this.facts.ready = true;
  }

  #openCamera() {
    if (!this.isCameraWired) this.#wireCamera();
    return this.camera.start();
  }

  #wireCamera() {
    this.isCameraWired = true;
    this.camera.addEventListener("started", () => this.#cameraStarted());
    this.camera.addEventListener("failed", ({ detail }) => this.#cameraFailed(detail));
    this.camera.addEventListener("devices", ({ detail: { cameras, current } }) => {
      this.view.cameras(cameras, current, (id) => this.camera.choose(id));
    });
    this.camera.watch();
    onEachFrame(byId("video"), () => this.onFrame());
  }

  // Asked for a badge alone, it may start only after that somebody went back.
  #cameraStarted() {
    if (!this.place?.face && !this.facts.badge) return this.#closeCamera();
    this.facts.camera = "playing";
    this.view.cameraLabel("Camera on");
  }

  #cameraFailed(state) {
    this.facts.camera = state;
    delete shown.video;
    shown.err = this.camera.error ?? state;
    this.refresh();
  }

  #followSocket() {
    this.socket.addEventListener("open", () => this.#socketOpened());
    this.socket.addEventListener("closed", ({ detail }) => this.#socketClosed(detail));
    this.socket.addEventListener("message", ({ detail }) => this.onMessage(detail));
    this.socket.addEventListener("lost", () => { this.facts.busyUntil = performance.now() + BUSY_SHOWN_MS; });
    window.addEventListener("online", () => this.socket.networkBack());
    window.addEventListener("offline", () => this.#networkLost());
    if (!navigator.onLine) this.#networkLost();
  }

  #socketOpened() {
    Object.assign(this.facts, { closedSocketAt: null, offline: false });
    this.view.network("open");
    this.refresh();
  }

  // Not left to the time a broken socket may take: nobody should wait in front of a page that can record nothing.
  #networkLost() {
    Object.assign(this.facts, { offline: true, question: null, busyUntil: 0 });
    this.approach.answered();
    this.socket.networkLost();
    this.view.network("offline");
    this.refresh();
  }

  #socketClosed({ retry, state, tooBig }) {
    this.facts.closedSocketAt ??= performance.now();
    this.view.network(!retry ? "stopped" : this.facts.offline ? "offline" : "closed");
    if (tooBig) this.taker.useSmallerCrops();
    if (!retry) this.facts.stopped = this.isPaired && state === "revoked" ? "removed" : state;
    if (!retry) this.camera.stop();
    if (!retry) this.view.recent([]); // who checked in is no longer for this screen
    this.refresh();
  }

  /** A video frame was presented. */
  onFrame() {
    const now = performance.now();
    shown.video = "playing";
    this.overlay.draw(this.taker.size, now);
    if (!this.pin.isOpen && !this.facts.stopped) this.badges.look(now, this.#isDeciding(now));
    if (!this.facts.ready || !this.taker.isDue(now, !this.tracks.isEmpty(now))) return;
    this.look(now);
  }

  async look(now) {
    this.approach.wake(now);
    const wanted = this.#wantsFrame(now);
    const seen = await this.taker.take(now, wanted);
    if (!seen) return;
    const verdict = this.taker.isBlind ? { send: true, code: "", hint: "" } : this.#judge(seen, performance.now());
    this.facts.code = shown.code = verdict.code ?? "";
    if (wanted && verdict.send && seen.crop && this.socket.isReady()) this.#send(seen.crop, verdict);
  }

  // Somebody stands here whose face is not decided yet.
  #isDeciding(now) {
    return !this.tracks.isEmpty(now) && this.approach.maySend(now);
  }

  // Nobody pauses in a passage: behind one who is checked in comes the next.
  #wantsFrame(now) {
    const may = this.crowd ? !this.approach.question : this.approach.maySend(now);
    return this.socket.isReady() && may && !this.pin.isOpen && !this.facts.badge && !this.facts.stopped;
  }

  #judge(seen, now) {
    const face = mainFace(seen.faces);
    this.tracks.see(face?.box ?? null, now);
    if (this.approach.follow()) this.gate.reset();
    this.overlay.aim(this.crowd ? this.#toned(seen, now) : face ? [face] : [], now);
    if (face) shown.face = "1";
    const verdict = this.#verdict(seen, now);
    this.#keepHint(verdict, now);
    return verdict;
  }

  #verdict(seen, now) {
    if (this.facts.turn) return turnVerdict(seen);
    return this.crowd ? groupVerdict(seen) : this.gate.judge(seen, now);
  }

  #toned({ faces, size }, now) {
    return faces.map(({ box }) => ({ box, tone: this.crowd.toneOf(box, size, now) }));
  }

  // A look that misses the face for a moment does not take the hint away.
  #keepHint({ send, code, hint }, now) {
    if (code === "no_face" && !this.tracks.isEmpty(now)) return;
    this.localHint = hint;
    if (!send) this.serverHint = "";
  }

  #send({ jpeg, box, size: [w, h] }) {
    this.sentTrack = this.tracks.track;
    // Of a clock that nobody sets: the server takes no frame that is older than the one before it.
    const ts = Math.round(performance.timeOrigin + performance.now());
    const nonce = this.facts.turn?.nonce;
    const seq = this.socket.sendFrame({ ts, track: this.sentTrack, box, w, h, nonce }, jpeg);
    if (seq === null) this.taker.useSmallerCrops();
    shown.sent = this.socket.counts.sent;
    shown.track = this.sentTrack;
  }

  onMessage(message) {
    const now = performance.now();
    Object.assign(shown, { acks: this.socket.counts.acks, rtt: this.socket.counts.rtt });
    if (message.t === "hello") this.#welcomed(message);
    if (message.t === "punch") this.view.addRecent(message);
    if (message.t === "refused") this.#frameRefused(message);
    if (message.t === "result") this.#onResult(message, now);
    this.refresh();
  }

  #welcomed(message) {
    this.notice = message.notice ?? "";
    this.facts.clock = null;
    this.taker.view = shown.view = message.view ?? "face";
    this.crowd = message.view === "whole" ? this.crowd ?? new Crowd() : null;
    if (this.isPaired) this.#settle(message);
  }

  #frameRefused({ code, hint }) {
    if (code === "clock_wrong") this.facts.clock = { sub: hint, message: hint };
    this.serverHint = hint ?? "";
    shown.err = code;
    if (code === "frame_too_large") this.taker.useSmallerCrops();
  }

  #onResult(message, now) {
    if (message.state !== "closed" && this.place?.face) this.facts.closed = null;
    if (this.taker.isBlind) this.#blindPresence(message, now);
    if (message.state !== "busy") this.facts.turn = null;
    const steps = {
      searching: () => { this.serverHint = message.code === "no_face" ? "" : message.hint ?? ""; },
      busy: () => { this.facts.busyUntil = now + Math.max(message.retry_ms ?? 0, BUSY_SHOWN_MS); },
      closed: () => { this.facts.closed = message; this.socket.waitFor(CLOSED_ASK_AGAIN_MS); },
      confirm: () => this.#askWho(message, now),
      challenge: () => this.#askToTurn(message, now),
      several: () => this.crowd?.see(message.faces, now),
    };
    (steps[message.state] ?? (() => this.showResult(message, this.approach.track)))();
  }

  // Without local detection the server's answers tell whether somebody is there.
  #blindPresence({ code }, now) {
    const [w, h] = this.taker.size;
    this.tracks.see(code === "no_face" ? null : [0, 0, w, h], now);
    this.approach.follow();
  }

  // An answer about somebody who has left must not be put to whoever stands here now.
  #askWho(message, now) {
    if (this.sentTrack !== this.approach.track) return;
    this.facts.question = message;
    this.approach.ask(message, now);
  }

  #askToTurn(message, now) {
    if (this.sentTrack === this.approach.track) this.facts.turn = { ...running(message, now), track: this.sentTrack };
  }

  /** A final result; track null: it came from the PIN panel. */
  showResult(message, track) {
    const now = performance.now();
    this.facts.question = null;
    this.facts.busyUntil = 0;
    const state = stateOf(message);
    this.approach.settle(now, restAfter(state));
    this.facts.result = { state, message, at: now, until: now + RESULT_SHOWN_MS, track };
    this.refresh();
  }

  act(name) {
    const acts = {
      pin: () => this.#openPin(),
      badge: () => this.askForBadge(),
      back: () => this.#endBadge(),
      retry: () => this.camera.start(),
      reload: () => location.reload(),
      pair: () => location.assign(this.settings.pairing),
      yes: () => this.answer("yes"),
      no: () => this.answer("no"),
    };
    acts[name]?.();
  }

  answer(answer) {
    const { question } = this.approach;
    if (!question) return;
    const now = performance.now();
    this.socket.tell({ t: "confirm", approach: question.approach, answer });
    this.facts.question = null;
    this.approach.settle(now);
    if (answer === "yes") this.facts.busyUntil = now + ANSWER_WAIT_MS;
    else this.pin.open();
    this.refresh();
  }

  #openPin() {
    this.#endBadge();
    this.pin.open();
  }

  /** Somebody wants to show a badge: where faces are off, the camera opens for that alone, and no picture is sent. */
  askForBadge() {
    const now = performance.now();
    this.facts.result = null;
    this.facts.badge = true;
    this.badges.ask(now);
    if (this.camera.state !== "playing") this.#openCamera();
    this.refresh();
  }

  #endBadge() {
    if (!this.facts.badge) return;
    this.facts.badge = false;
    this.badges.stopAsking();
    if (!this.place?.face) this.#closeCamera();
    this.refresh();
  }

  #closeCamera() {
    this.camera.stop();
    this.camera.state = this.facts.camera = "starting";
    delete shown.video;
    this.view.cameraLabel("Camera off");
  }

  /** A badge was read: one at a time; what came of it is shown as a PIN's answer is. */
  async onBadge({ code, since, taps }) {
    if (this.isPunching) return;
    this.isPunching = true;
    const ms = Math.max(0, Math.round(performance.now() - since));
    this.facts.busyUntil = performance.now() + ANSWER_WAIT_MS;
    this.#endBadge();
    const answer = await this.punchByBadge({ code, nonce: newNonce(), ms, taps });
    this.isPunching = false;
    this.showResult(answer.state === "refused" ? refusedBadge(answer) : answer, null);
  }

  refresh() {
    const now = performance.now();
    if (this.approach.isQuestionOver(now)) {
      this.approach.settle(now);
      this.facts.question = null;
    }
    if (this.facts.badge && !this.badges.isAsked(now)) this.#endBadge();
    if (isOver(this.facts.turn, { now, track: this.approach.track })) this.facts.turn = null;
    const hint = this.hints.next(this.localHint || this.serverHint || "", now);
    const present = !this.tracks.isEmpty(now);
    const resting = this.approach.resting(now);
    const rows = this.crowd?.rows(now);
    const { state, message } = pageState({ ...this.facts, now, present, resting, rows, track: this.approach.track, hint });
    this.view.show(state, message);
    this.view.hint(["searching", "idle"].includes(state) ? hint : "");
    this.view.turn(state === "challenge" ? message : null);
    this.#cover();
  }

  // A PIN result shows beside a camera that is blocked: the picture stays covered.
  #cover() {
    const { stopped, closed, camera, clock } = this.facts;
    const isForBadge = this.facts.badge && !stopped && camera === "playing";
    const covering = isForBadge ? null : stopped ?? (clock ? "clock" : null) ?? (closed ? "closed" : camera);
    const covered = COVERING.includes(covering) ? covering : null;
    this.view.notice(covered ? "" : this.notice); // it is about faces
    if (covered === this.covered) return;
    this.covered = covered;
    this.view.cover(covered, clock ?? closed ?? {});
  }
}
