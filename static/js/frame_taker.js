// Takes frames off the video: through the detector, or (wasm blocked) the whole picture once a second.

import { Detector } from "./detector.js";
import { fitted, MOST_PX } from "./picture_rules.js";

export const BLIND_EVERY_MS = 1000;
const BLIND_MOST_PX = 640;
const JPEG_QUALITY = 0.85;
const LOOK_EVERY_MS = 66;
const IDLE_LOOK_EVERY_MS = 125; // nobody there: a tablet stays cool
const MOST_FAILURES = 3;

export class FrameTaker {
  constructor(video) {
    this.video = video;
    this.detector = new Detector();
    this.failures = 0;
    this.lookedAt = -Infinity;
    this.isBusy = false;
    this.view = "face"; // what is cut out: face, wide or whole (picture_rules.js)
    this.isSmaller = false;
  }

  async init(wanted) {
    return this.detector.init(wanted);
  }

  get isBlind() {
    return this.detector.backend === "none";
  }

  get size() {
    return [this.video.videoWidth, this.video.videoHeight];
  }

  /** The server found a frame too large. */
  useSmallerCrops() {
    this.isSmaller = true;
  }

  get #mostPx() {
    return MOST_PX[this.view][Number(this.isSmaller)];
  }

  isDue(now, someoneIsThere) {
    const every = this.isBlind ? BLIND_EVERY_MS : someoneIsThere ? LOOK_EVERY_MS : IDLE_LOOK_EVERY_MS;
    return !this.isBusy && this.video.videoWidth > 0 && now - this.lookedAt >= every;
  }

  /** One detection {faces, size, luma, sharpness, crop}; null when it failed. cut: also make the JPEG. */
  async take(now, cut) {
    this.isBusy = true;
    this.lookedAt = now;
    try {
      const seen = this.isBlind ? await this.#wholePicture(cut) : await this.#throughDetector(cut);
      this.failures = 0;
      return seen;
    } catch (error) {
      this.#failed(error);
      return null;
    } finally {
      this.isBusy = false;
    }
  }

  async #throughDetector(cut) {
    const bitmap = await createImageBitmap(this.video);
    return this.detector.detect(bitmap, { cut, most: this.#mostPx, view: this.view });
  }

  async #wholePicture(cut) {
    if (!cut) return null;
    const [width, height] = fitted(this.size, this.isSmaller ? BLIND_MOST_PX / 2 : BLIND_MOST_PX);
    this.canvas ??= document.createElement("canvas");
    Object.assign(this.canvas, { width, height });
    this.canvas.getContext("2d").drawImage(this.video, 0, 0, width, height);
    const blob = await new Promise((resolve) => { this.canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY); });
    const crop = { jpeg: await blob.arrayBuffer(), box: [0, 0, width, height], size: [width, height] };
    return { faces: [], size: this.size, crop };
  }

  #failed(error) {
    document.body.dataset.err = error.message;
    this.failures += 1;
    if (this.failures >= MOST_FAILURES) this.detector.backend = document.body.dataset.backend = "none";
  }
}
