// Module worker: reads QR codes with jsQR. {bitmap} -> {text} ("" for none). The bitmap is closed here.

import "../vendor/jsqr/jsQR.js";

const MOST_PX = 640; // a badge that fills a fifth of this still has 3 px a module
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { willReadFrequently: true });

function read(bitmap) {
  const shrink = Math.min(1, MOST_PX / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.round(side * shrink));
  Object.assign(canvas, { width, height });
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return self.jsQR(data, width, height, { inversionAttempts: "dontInvert" })?.data ?? "";
}

self.onmessage = ({ data: { bitmap } }) => {
  try {
    self.postMessage({ text: read(bitmap) });
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error).slice(0, 300) });
  }
};
