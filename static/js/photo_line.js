// One question at a time over the photo socket, each with its answer. A connection that falls fails the question.

export class LineLost extends Error {}
export class LineEnded extends Error {
  constructor(state) {
    super(state);
    this.state = state; // signin or revoked: no connection will come
  }
}

const EVERY_MS = 80; // the server hangs up at more than 15 a second for long
const ANSWER_MS = 6000;
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export class PhotoLine {
  constructor(socket, { everyMs = EVERY_MS, answerMs = ANSWER_MS, sleep = wait, now = () => performance.now() } = {}) {
    Object.assign(this, { socket, everyMs, answerMs, sleep, now });
    this.question = null; // {kind, resolve, reject, timer}
    this.isUp = false;
    this.ended = null;
    this.notBefore = 0;
    this.waiters = [];
    this.last = Promise.resolve(); // questions go one after the other
    socket.addEventListener("message", ({ detail }) => this.#heard(detail));
    socket.addEventListener("closed", ({ detail }) => this.#fell(detail));
    socket.addEventListener("lost", () => this.#settle("result", null));
  }

  /** Resolves once the server has said hello; rejects with LineEnded where it never will. */
  ready() {
    if (this.ended) return Promise.reject(new LineEnded(this.ended));
    if (this.isUp) return Promise.resolve();
    return new Promise((resolve, reject) => { this.waiters.push({ resolve, reject }); });
  }

  /** The answer of this kind to a message, or null when none came in time. Rejects with LineLost, LineEnded. */
  ask(message, kind) {
    return this.#inTurn(kind, () => this.socket.tell(message));
  }

  /** The result of one picture, or null when none came in time. */
  show(jpeg) {
    return this.#inTurn("result", () => this.socket.sendFrame({ ts: Date.now(), track: 1 }, jpeg));
  }

  #inTurn(kind, send) {
    const answer = this.last.catch(() => null).then(() => this.#turn()).then(() => this.#asked(kind, send));
    this.last = answer;
    return answer;
  }

  async #turn() {
    const pause = this.notBefore - this.now();
    if (pause > 0) await this.sleep(pause);
    this.notBefore = this.now() + this.everyMs;
  }

  #asked(kind, send) {
    if (this.ended) return Promise.reject(new LineEnded(this.ended));
    if (!this.isUp) return Promise.reject(new LineLost());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(kind, null), this.answerMs);
      this.question = { kind, resolve, reject, timer };
      send();
    });
  }

  #heard(message) {
    if (message.t === "hello") {
      this.isUp = true;
      this.#wake((waiter) => waiter.resolve());
    } else if (message.t === "refused") {
      this.#settle("result", { state: "refused", ...message });
    } else {
      this.#settle(message.t, message);
    }
  }

  #settle(kind, answer) {
    if (this.question?.kind !== kind) return;
    const { resolve, timer } = this.question;
    clearTimeout(timer);
    this.question = null;
    resolve(answer);
  }

  #fell({ retry, state }) {
    this.isUp = false;
    if (!retry) this.ended = state;
    const error = this.ended ? new LineEnded(this.ended) : new LineLost();
    const question = this.question;
    this.question = null;
    if (question) {
      clearTimeout(question.timer);
      question.reject(error);
    }
    if (this.ended) this.#wake((waiter) => waiter.reject(error));
  }

  #wake(act) {
    const waiters = this.waiters;
    this.waiters = [];
    waiters.forEach(act);
  }
}
