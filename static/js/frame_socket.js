// The camera's websocket: one frame in flight, a watchdog, pings, and a reconnect that spares the server.
//
// Nothing queues here. The page captures only while isReady(), so the frame that goes out is always the newest.
// A paired device signs the server's challenge first (`greet`); open then means: welcomed.
// Events: open, message (detail = the parsed text), lost (a frame nobody answered), closed (detail = {state?, tooBig?}).

import { packFrame, SUBPROTOCOL } from "./frame_message.js";
import {
  ANSWER_WAIT_MS, closeRule, MOST_BUFFERED_BYTES, PING_EVERY_MS, PINGS_MISSED, reconnectDelay, STABLE_MS,
} from "./socket_rules.js";

const OPEN = 1;

export function socketUrl(path, { protocol, host } = location) {
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}${path}`;
}

export class FrameSocket extends EventTarget {
  constructor(url, { Socket = WebSocket, now = () => performance.now(), random = Math.random, greet = null } = {}) {
    super();
    Object.assign(this, { url, Socket, now, random, greet });
    this.isWelcome = !greet;
    this.seq = 0;
    this.attempt = 0;
    this.inFlight = null; // {seq, at}
    this.notBefore = 0;
    this.missed = 0;
    this.stopped = false;
    this.wasOffline = false;
    this.counts = { sent: 0, acks: 0, lost: 0, rtt: 0 };
  }

  connect() {
    clearTimeout(this.retryTimer);
    this.stopped = false;
    const socket = new this.Socket(this.url, [SUBPROTOCOL]);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => this.#received(event.data);
    socket.onclose = (event) => this.#closed(socket, event.code);
    this.socket = socket;
  }

  get isOpen() {
    return this.socket?.readyState === OPEN;
  }

  isReady() {
    if (!this.isOpen || !this.isWelcome || this.inFlight) return false;
    return this.now() >= this.notBefore && this.socket.bufferedAmount < MOST_BUFFERED_BYTES;
  }

  /** Send one frame; header lacks seq. Returns its seq, or null if the picture is too large to send. */
  sendFrame(header, jpeg) {
    this.seq += 1;
    try {
      this.socket.send(packFrame({ seq: this.seq, ...header }, jpeg));
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
    this.inFlight = { seq: this.seq, at: this.now() };
    this.counts.sent += 1;
    this.watchdog = setTimeout(() => this.#lose(), ANSWER_WAIT_MS);
    return this.seq;
  }

  tell(message) {
    if (this.isOpen) this.socket.send(JSON.stringify(message));
  }

  /** The server asks for a pause before the next frame. */
  waitFor(ms) {
    this.notBefore = this.now() + ms;
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.retryTimer);
    this.#quiet();
    this.socket?.close();
  }

  /** The browser says that the network is gone: its sockets would stay "open" until the pings find out. */
  networkLost() {
    this.wasOffline = true;
    if (this.isOpen) this.#abandon();
  }

  /** The browser says that the network is back: do not sit out a long delay. */
  networkBack() {
    if (this.stopped || this.isOpen) return;
    this.wasOffline = true;
    this.attempt = 0;
    this.#plan({ retry: true });
  }

  #opened() {
    this.wasOffline = false;
    this.missed = 0;
    this.stableTimer = setTimeout(() => { this.attempt = 0; }, STABLE_MS);
    this.pingTimer = setInterval(() => this.#ping(), PING_EVERY_MS);
    if (!this.greet) this.dispatchEvent(new Event("open"));
  }

  #received(text) {
    const message = JSON.parse(text);
    this.missed = 0;
    if (message.t === "pong") return;
    if (message.t === "challenge") return this.#greeted(this.socket, message);
    if (message.t === "hello" && this.greet) this.#welcomed();
    if (message.t === "result" || message.t === "refused") this.#answered(message);
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  // Nothing else may be said before: the server hangs up.
  async #greeted(socket, challenge) {
    const hello = await this.greet(challenge);
    if (socket === this.socket && socket.readyState === OPEN) socket.send(JSON.stringify(hello));
  }

  #welcomed() {
    this.isWelcome = true;
    this.dispatchEvent(new Event("open"));
  }

  #answered({ seq, retry_ms: retryMs }) {
    if (retryMs) this.waitFor(retryMs);
    if (!this.inFlight || (seq != null && seq !== this.inFlight.seq)) return;
    this.counts.acks += 1;
    this.counts.rtt = Math.round(this.now() - this.inFlight.at);
    this.#land();
  }

  #land() {
    clearTimeout(this.watchdog);
    this.inFlight = null;
  }

  #lose() {
    this.counts.lost += 1;
    this.#land();
    this.dispatchEvent(new Event("lost"));
  }

  #ping() {
    if (this.missed >= PINGS_MISSED) return this.#abandon();
    if (!this.isWelcome) return;
    this.missed += 1;
    this.tell({ t: "ping" });
  }

  // A dead peer never answers the close handshake, so the page moves on without waiting for onclose.
  #abandon() {
    const dead = this.socket;
    dead.onclose = dead.onmessage = null;
    dead.close();
    this.#closed(dead, 1006);
  }

  #quiet() {
    clearTimeout(this.stableTimer);
    clearInterval(this.pingTimer);
    this.isWelcome = !this.greet;
    this.#land();
  }

  #closed(socket, code) {
    if (socket !== this.socket) return;
    this.#quiet();
    const rule = closeRule(code);
    this.dispatchEvent(new CustomEvent("closed", { detail: { ...rule, code } }));
    if (rule.retry && !this.stopped) this.#plan(rule);
  }

  #plan({ afterMs }) {
    clearTimeout(this.retryTimer);
    const delay = afterMs ?? reconnectDelay(this.attempt, { random: this.random, wasOffline: this.wasOffline });
    this.attempt += 1;
    this.retryTimer = setTimeout(() => this.connect(), delay);
  }
}
