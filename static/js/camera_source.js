// The camera: opened, chosen, watched. Events: started, failed (detail = page state), devices (detail = list).

import { cameraState, RETRIED_STATES } from "./camera_errors.js";

const KEPT = "camera-device";
const RETRY_MS = 3000;
const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 15, max: 30 } };

function keptDevice() {
  try { return localStorage.getItem(KEPT); } catch { return null; }
}

function keepDevice(id) {
  try { localStorage.setItem(KEPT, id); } catch { /* chosen for this visit only */ }
}

function turnOff(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

export class CameraSource extends EventTarget {
  constructor(video) {
    super();
    this.video = video;
    this.stream = null;
    this.state = "starting";
  }

  /**
   * Open the camera and play it. Never throws: says "started" or "failed"; nothing where it was stopped or started
   * again meanwhile, for a person may take minutes to allow it.
   */
  async start() {
    clearTimeout(this.retryTimer);
    const attempt = this.attempt = Symbol("attempt");
    // On a plain http address mediaDevices is undefined, so this comes before any call.
    if (!window.isSecureContext || !navigator.mediaDevices) return this.#fail("insecure");
    try {
      await this.#open(attempt);
    } catch (error) {
      if (attempt !== this.attempt) return;
      this.error = error.name;
      return this.#fail(cameraState(error));
    }
    if (attempt !== this.attempt) return;
    this.state = "playing";
    this.dispatchEvent(new Event("started"));
    this.#listDevices();
  }

  async choose(deviceId) {
    keepDevice(deviceId);
    await this.start();
  }

  /** Follow plugging, permission and visibility for the life of the page. */
  watch() {
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#devicesChanged());
    navigator.permissions?.query({ name: "camera" }).then((permission) => {
      permission.onchange = () => { if (permission.state === "granted" && this.state !== "playing" && !this.isStopped) this.start(); };
    }, () => { /* Firefox does not know this permission name */ });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#keepAwake(); });
  }

  /** Off, until somebody starts it again. */
  stop() {
    clearTimeout(this.retryTimer);
    this.attempt = null;
    this.#release();
    this.#letSleep();
  }

  get isStopped() {
    return this.attempt === null;
  }

  async #open(attempt) {
    this.#release();
    const stream = await this.#request();
    if (attempt !== this.attempt) return turnOff(stream);
    this.stream = stream;
    const [track] = this.stream.getVideoTracks();
    this.track = track;
    track.addEventListener("ended", () => { if (track === this.track) this.#fail("nocamera"); });
    this.video.srcObject = this.stream;
    await this.video.play();
    this.#keepAwake();
  }

  async #request() {
    const id = keptDevice();
    const ask = (video) => navigator.mediaDevices.getUserMedia({ video: { ...WANTED, ...video }, audio: false });
    if (!id) return ask({ facingMode: "user" });
    try {
      return await ask({ deviceId: { exact: id } });
    } catch (error) {
      if (error.name !== "OverconstrainedError") throw error;
      return ask({ facingMode: "user" }); // the chosen camera is not connected: any camera is better than none
    }
  }

  #release() {
    turnOff(this.stream);
    this.stream = null;
    this.video.srcObject = null;
  }

  #fail(state) {
    this.#release();
    this.state = state;
    if (RETRIED_STATES.includes(state)) this.retryTimer = setTimeout(() => this.start(), RETRY_MS);
    this.dispatchEvent(new CustomEvent("failed", { detail: state }));
  }

  async #listDevices() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const cameras = devices.filter(({ kind }) => kind === "videoinput");
    const current = this.track?.getSettings().deviceId;
    this.dispatchEvent(new CustomEvent("devices", { detail: { cameras, current } }));
  }

  #devicesChanged() {
    if (this.isStopped) return;
    if (this.state === "playing") this.#listDevices();
    else if (RETRIED_STATES.includes(this.state)) this.start();
  }

  async #keepAwake() {
    if (this.isStopped) return;
    try {
      this.lock = await navigator.wakeLock?.request("screen");
    } catch { /* hidden page or low battery: asked again when the page is shown */ }
    if (this.isStopped) this.#letSleep();
  }

  #letSleep() {
    this.lock?.release();
    this.lock = null;
  }
}

/** Call `act` for every presented video frame (or 15 times a second where the browser cannot tell). */
export function onEachFrame(video, act) {
  if (video.requestVideoFrameCallback) {
    const step = () => { act(); video.requestVideoFrameCallback(step); };
    video.requestVideoFrameCallback(step);
    return;
  }
  setInterval(() => { if (video.readyState >= 2) act(); }, 66);
}
