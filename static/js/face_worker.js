// Module worker: finds faces with face-api on the wasm back end, measures the picture and cuts it out.
//
// Interface: {op: "init"} -> {backend: "wasm" | "none", reason?}
//            {op: "detect", bitmap, cut} -> {faces: [{box, score}], size, luma, sharpness, crop?: {jpeg, box, size}}
// Only this file may compile WebAssembly: its own response carries 'wasm-unsafe-eval', the pages do not.

import * as faceapi from "../vendor/face-api/dist/face-api.esm.js";
import { mainFace } from "./gate_rules.js";
import { boxInCrop, cropSquare, measure, MEASURE_PX, MOST_CROP_PX } from "./picture_rules.js";

const MODELS = new URL("../vendor/face-api/model/", import.meta.url).href;
const WASM = new URL("../vendor/tfjs-wasm/", import.meta.url).href;
const INPUT_PX = 224; // measured: larger inputs miss large, close faces
const LEAST_SCORE = 0.5;
const JPEG_QUALITY = 0.85;

const detectorOptions = new faceapi.TinyFaceDetectorOptions({ inputSize: INPUT_PX, scoreThreshold: LEAST_SCORE });
const probe = new OffscreenCanvas(MEASURE_PX, MEASURE_PX);
const probeContext = probe.getContext("2d", { willReadFrequently: true });
const frame = new OffscreenCanvas(1, 1);

function teachWorkerCanvas() {
  faceapi.env.setEnv({
    Canvas: OffscreenCanvas,
    CanvasRenderingContext2D: OffscreenCanvasRenderingContext2D,
    Image: ImageBitmap,
    ImageData,
    Video: class {},
    createCanvasElement: () => new OffscreenCanvas(1, 1),
    createImageElement() {},
    createVideoElement() {},
    fetch: self.fetch.bind(self),
    readFile() {},
  });
}

async function init() {
  teachWorkerCanvas();
  faceapi.tf.setWasmPaths(WASM);
  // Where wasm is blocked this answers false and tfjs would go on with a back end 20 to 40 times slower.
  const ready = await faceapi.tf.setBackend("wasm");
  if (!ready || faceapi.tf.getBackend() !== "wasm") return { backend: "none", reason: "wasm is blocked" };
  await faceapi.tf.ready();
  await faceapi.nets.tinyFaceDetector.loadFromUri(MODELS);
  return { backend: "wasm" };
}

function look(bitmap, { box: [x, y, w, h] }) {
  probeContext.drawImage(bitmap, x, y, w, h, 0, 0, MEASURE_PX, MEASURE_PX);
  return measure(probeContext.getImageData(0, 0, MEASURE_PX, MEASURE_PX).data, MEASURE_PX);
}

async function cutOut(bitmap, { box }, size, most) {
  const square = cropSquare(box, size);
  const pixels = Math.min(most, Math.round(square.side));
  const canvas = new OffscreenCanvas(pixels, pixels);
  canvas.getContext("2d").drawImage(bitmap, square.x, square.y, square.side, square.side, 0, 0, pixels, pixels);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: JPEG_QUALITY });
  return { jpeg: await blob.arrayBuffer(), box: boxInCrop(box, square, pixels), size: [pixels, pixels] };
}

async function findFaces(bitmap) {
  frame.width = bitmap.width;
  frame.height = bitmap.height;
  frame.getContext("2d").drawImage(bitmap, 0, 0);
  const found = await faceapi.detectAllFaces(frame, detectorOptions);
  return found.map(({ box, score }) => ({ box: [box.x, box.y, box.width, box.height], score }));
}

async function detect({ bitmap, cut, most = MOST_CROP_PX }) {
  const size = [bitmap.width, bitmap.height];
  const faces = await findFaces(bitmap);
  const face = mainFace(faces);
  const seen = face ? look(bitmap, face) : { luma: 0, sharpness: 0 };
  const crop = face && cut ? await cutOut(bitmap, face, size, most) : null;
  bitmap.close();
  return { faces, size, ...seen, crop };
}

self.onmessage = async ({ data: request }) => {
  try {
    const answer = request.op === "init" ? await init() : await detect(request);
    self.postMessage(answer, answer.crop ? [answer.crop.jpeg] : []);
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error).slice(0, 300) });
  }
};
