// Badges at the kiosk: what a USB reader types, and what the camera sees. Says "badge" with {code, since, taps}.

import { ASKED_MS, codeOf, isLookDue, KeyBurst, SeenBadges } from "./badge_rules.js";

const ANSWER_WAIT_MS = 3000;

export class BadgeReader extends EventTarget {
  constructor(video) {
    super();
    Object.assign(this, { video, burst: new KeyBurst(), seen: new SeenBadges(), lookedAt: -Infinity, isBusy: false });
    this.askedAt = null;
    this.isDeaf = false;
  }

  /** Hear a reader's keys. They are left alone wherever somebody may type: `mayHear` says where not. */
  listen(mayHear) {
    document.addEventListener("keydown", (event) => {
      if (!mayHear() || event.target.closest?.("input, textarea, select") || event.ctrlKey || event.altKey || event.metaKey) return;
      const read = this.burst.press(event.key, event.timeStamp);
      if (!read) return;
      event.preventDefault(); // or a reader's Enter would press the button that has the focus
      this.#say(read.code, read.since, 0);
    }, { capture: true });
  }

  /** Somebody pressed "Show your badge". */
  ask(now) {
    this.askedAt = now;
    this.seen.forget();
  }

  stopAsking() {
    this.askedAt = null;
  }

  isAsked(now) {
    return this.askedAt !== null && now - this.askedAt < ASKED_MS;
  }

  /** A video frame is there; deciding: a face in it is being decided, which has the processor first. */
  look(now, deciding) {
    const asked = this.isAsked(now);
    const due = isLookDue({ now, lookedAt: this.lookedAt, asked, deciding, busy: this.isBusy });
    if (!due || this.isDeaf || !this.video.videoWidth) return;
    this.lookedAt = now;
    this.#read(asked);
  }

  async #read(asked) {
    this.isBusy = true;
    try {
      const bitmap = await createImageBitmap(this.video);
      const text = await this.#askWorker(bitmap);
      const code = text && codeOf(text, asked);
      if (code && this.seen.isNew(code, performance.now())) this.#say(code, this.askedAt ?? this.lookedAt, asked ? 1 : 0);
    } catch (error) {
      document.body.dataset.err = error.message;
    } finally {
      this.isBusy = false;
    }
  }

  #askWorker(bitmap) {
    this.worker ??= new Worker(new URL("./badge_worker.js", import.meta.url), { type: "module" });
    return new Promise((resolve, reject) => {
      const settle = (act, value) => { clearTimeout(timer); act(value); };
      const timer = setTimeout(() => this.#giveUp(reject), ANSWER_WAIT_MS);
      this.worker.onmessage = ({ data }) => (data.error ? settle(reject, new Error(data.error)) : settle(resolve, data.text));
      this.worker.onerror = (event) => settle((error) => this.#giveUp(reject, error), event.message);
      this.worker.postMessage({ bitmap }, [bitmap]);
    });
  }

  // A worker that cannot start or hangs is ended; the next look begins with a new one, twice.
  #giveUp(reject, message = "the badge worker does not answer") {
    this.worker?.terminate();
    this.worker = null;
    this.failures = (this.failures ?? 0) + 1;
    this.isDeaf = this.failures >= 3;
    reject(new Error(message || "the badge worker failed"));
  }

  #say(code, since, taps) {
    this.dispatchEvent(new CustomEvent("badge", { detail: { code, since, taps } }));
  }
}
