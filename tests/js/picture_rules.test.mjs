import assert from "node:assert/strict";
import { test } from "node:test";

import { boxInCrop, cropSquare, fitted, measure, regionOf } from "../../static/js/picture_rules.js";

const SIZE = [640, 480];
const SIDE = 16;

function picture(greyAt) {
  const pixels = new Uint8ClampedArray(SIDE * SIDE * 4);
  for (let i = 0; i < SIDE * SIDE; i += 1) pixels.fill(greyAt(i % SIDE, Math.floor(i / SIDE)), 4 * i, 4 * i + 3);
  return pixels;
}

test("it leaves a third of the face as margin on each side", () => {
  assert.equal(cropSquare([250, 150, 100, 100], SIZE).side, 170);
});

test("it centres the square on the face", () => {
  const { x, y } = cropSquare([250, 150, 100, 100], SIZE);
  assert.deepEqual([x, y], [215, 115]);
});

test("it takes the longer side of a tall face", () => {
  assert.equal(cropSquare([250, 150, 100, 120], SIZE).side, 204);
});

test("it moves the square back into the picture", () => {
  const { x, y } = cropSquare([0, 0, 100, 100], SIZE);
  assert.deepEqual([x, y], [0, 0]);
});

test("it never asks for more than the picture holds", () => {
  assert.deepEqual(cropSquare([120, 40, 400, 400], SIZE), { x: 80, y: 0, side: 480 });
});

test("it says where the face is inside the crop", () => {
  const region = { x: 215, y: 115, w: 170, h: 170 };
  assert.deepEqual(boxInCrop([250, 150, 100, 100], region, 340), [70, 70, 200, 200]);
});

test("it shrinks a large frame to the limit", () => {
  assert.deepEqual(fitted([1280, 720], 640), [640, 360]);
});

test("it never enlarges a frame", () => {
  assert.deepEqual(fitted([320, 240], 640), [320, 240]);
});

test("it measures the luma of an even grey", () => {
  assert.ok(Math.abs(measure(picture(() => 90), SIDE).luma - 90) < 0.01);
});

test("it finds no edge in an even grey", () => {
  assert.ok(measure(picture(() => 90), SIDE).sharpness < 1e-6);
});

test("it finds a hard edge sharper than a soft slope", () => {
  const hard = measure(picture((x) => (x < 8 ? 40 : 200)), SIDE).sharpness;
  const slope = measure(picture((x) => 40 + 10 * x), SIDE).sharpness;
  assert.ok(hard > 100 * slope + 100);
});

test("the wide view holds four faces' widths where the picture reaches so far", () => {
  assert.deepEqual(regionOf("wide", [600, 300, 100, 100], [1280, 720]), { x: 450, y: 150, w: 400, h: 400 });
});

test("the wide view ends at the edge of the picture and keeps what is there", () => {
  assert.deepEqual(regionOf("wide", [200, 100, 240, 240], SIZE), { x: 0, y: 0, w: 640, h: 480 });
});

test("the whole view is the picture, wherever the face is", () => {
  assert.deepEqual(regionOf("whole", [10, 10, 50, 50], SIZE), { x: 0, y: 0, w: 640, h: 480 });
});

test("the face view is the square around the face", () => {
  assert.deepEqual(regionOf("face", [250, 150, 100, 100], SIZE), { x: 215, y: 115, w: 170, h: 170 });
});
