// Module worker: finds faces with face-api on the wasm back end, measures the picture and cuts it out.
//
// Interface: {op: "init", poses} -> {backend: "wasm" | "none", reason?}
//            {op: "detect", bitmap, cut, most, view} -> {faces: [{box, score}], size, luma, sharpness, pose?, crop?: {jpeg, box, size}}
// poses: also look how the main face is turned (0.4 MB more, 10 ms a look); pose is {yaw, pitch, roll} in degrees.
// Only this file may compile WebAssembly: its own response carries 'wasm-unsafe-eval', the pages do not.

import * as faceapi from "../vendor/face-api/dist/face-api.esm.js";
import { mainFace } from "./gate_rules.js";
import { boxInCrop, fitted, measure, MEASURE_PX, MOST_CROP_PX, regionOf } from "./picture_rules.js";
import { poseOf } from "./pose_rules.js";

const MODELS = new URL("../vendor/face-api/model/", import.meta.url).href;
const WASM = new URL("../vendor/tfjs-wasm/", import.meta.url).href;
const INPUT_PX = 224; // measured: larger inputs miss large, close faces
const FAR_INPUT_PX = 416; // 224 misses a face of a tenth of the picture; this sees it, at 4 times the cost
const SECOND_LOOK_EVERY = 4; // empty looks
const DARK_LUMA = 60;
const WANTED_LUMA = 110;
const MOST_BRIGHTENING = 8;
const LEAST_SCORE = 0.4; // measured on 63 photos: finds all of them; the server has the last word
const JPEG_QUALITY = 0.85;

const options = (inputSize) => new faceapi.TinyFaceDetectorOptions({ inputSize, scoreThreshold: LEAST_SCORE });
const near = options(INPUT_PX);
const far = options(FAR_INPUT_PX);
let emptyLooks = 0;
let seesPoses = false;
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

async function init({ poses = false }) {
  teachWorkerCanvas();
  faceapi.tf.setWasmPaths(WASM);
  // Where wasm is blocked this answers false and tfjs would go on with a back end 20 to 40 times slower.
  const ready = await faceapi.tf.setBackend("wasm");
  if (!ready || faceapi.tf.getBackend() !== "wasm") return { backend: "none", reason: "wasm is blocked" };
  await faceapi.tf.ready();
  await faceapi.nets.tinyFaceDetector.loadFromUri(MODELS);
  if (poses) await faceapi.nets.faceLandmark68Net.loadFromUri(MODELS);
  seesPoses = poses;
  return { backend: "wasm" };
}

function look(bitmap, [x, y, w, h]) {
  probeContext.drawImage(bitmap, x, y, w, h, 0, 0, MEASURE_PX, MEASURE_PX);
  return measure(probeContext.getImageData(0, 0, MEASURE_PX, MEASURE_PX).data, MEASURE_PX);
}

async function cutOut(bitmap, { box }, size, { most, view }) {
  const region = regionOf(view, box, size);
  const [width, height] = fitted([region.w, region.h], most);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").drawImage(bitmap, region.x, region.y, region.w, region.h, 0, 0, width, height);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: JPEG_QUALITY });
  return { jpeg: await blob.arrayBuffer(), box: boxInCrop(box, region, width), size: [width, height] };
}

async function findFaces(bitmap, detectorOptions, filter = "none") {
  frame.width = bitmap.width;
  frame.height = bitmap.height;
  const context = frame.getContext("2d");
  context.filter = filter;
  context.drawImage(bitmap, 0, 0);
  const found = await faceapi.detectAllFaces(frame, detectorOptions);
  return found.map(({ box, score }) => ({ box: [box.x, box.y, box.width, box.height], score }));
}

// Somebody far away or in the dark is not found at first, but deserves to hear how to be seen.
async function secondLook(bitmap, luma) {
  emptyLooks += 1;
  if (emptyLooks % SECOND_LOOK_EVERY) return [];
  if (luma >= DARK_LUMA) return findFaces(bitmap, far);
  const brightening = Math.min(WANTED_LUMA / Math.max(luma, 1), MOST_BRIGHTENING);
  return findFaces(bitmap, near, `brightness(${brightening})`); // browsers without canvas filters see the same again
}

// What face-api's withFaceLandmarks does, for the one face that counts.
async function poseIn(bitmap, { box: [x, y, w, h] }) {
  frame.width = bitmap.width;
  frame.height = bitmap.height;
  frame.getContext("2d").drawImage(bitmap, 0, 0);
  const box = new faceapi.Rect(x, y, w, h).floor().clipAtImageBorders(bitmap.width, bitmap.height);
  const [face] = await faceapi.extractFaces(frame, [box]);
  const { positions } = await faceapi.nets.faceLandmark68Net.detectLandmarks(face);
  return poseOf(positions);
}

async function detect({ bitmap, cut, most = MOST_CROP_PX, view = "face" }) {
  const size = [bitmap.width, bitmap.height];
  const room = look(bitmap, [0, 0, ...size]);
  let faces = await findFaces(bitmap, near);
  if (!faces.length) faces = await secondLook(bitmap, room.luma);
  const face = mainFace(faces);
  const pose = face && seesPoses ? await poseIn(bitmap, face) : null;
  const crop = face && cut ? await cutOut(bitmap, face, size, { most, view }) : null;
  const seen = face ? look(bitmap, face.box) : room;
  bitmap.close();
  return { faces, size, ...seen, pose, crop };
}

self.onmessage = async ({ data: request }) => {
  try {
    const answer = request.op === "init" ? await init(request) : await detect(request);
    self.postMessage(answer, answer.crop ? [answer.crop.jpeg] : []);
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error).slice(0, 300) });
  }
};
