// The page's side of face_worker.js; the one place to change when another detector takes its place.

const INIT_WAIT_MS = 30000; // 1 MB over a slow network, then a cold compile
const DETECT_WAIT_MS = 10000;

export class Detector {
  constructor() {
    this.backend = "none";
    this.busy = false;
  }

  /** Start the worker. Resolves to "wasm", or "none" where wasm is blocked or the worker cannot start. */
  async init({ poses = false } = {}) {
    try {
      this.worker = new Worker(new URL("./face_worker.js", import.meta.url), { type: "module" });
      const { backend, reason, error } = await this.#ask({ op: "init", poses }, [], INIT_WAIT_MS);
      this.backend = backend ?? "none";
      this.reason = reason ?? error;
    } catch (error) {
      this.reason = error.message;
    }
    if (this.backend === "none") this.worker?.terminate();
    return this.backend;
  }

  /** Detect in an ImageBitmap (handed over, closed by the worker); cut: also a JPEG crop. */
  async detect(bitmap, { cut = false, most, view } = {}) {
    this.busy = true;
    try {
      return await this.#ask({ op: "detect", bitmap, cut, most, view }, [bitmap], DETECT_WAIT_MS);
    } finally {
      this.busy = false;
    }
  }

  #ask(message, transfer, waitMs) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the face worker does not answer")), waitMs);
      const settle = (act, value) => { clearTimeout(timer); act(value); };
      this.worker.onmessage = ({ data: answer }) => {
        if (answer.error) settle(reject, new Error(answer.error));
        else settle(resolve, answer);
      };
      this.worker.onerror = (event) => settle(reject, new Error(event.message || "the face worker failed to load"));
      this.worker.postMessage(message, transfer);
    });
  }
}
