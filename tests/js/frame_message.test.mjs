import assert from "node:assert/strict";
import { test } from "node:test";

import { MOST_MESSAGE_BYTES, packFrame } from "../../static/js/frame_message.js";

const HEADER = { seq: 7, ts: 1763000000000, track: 3, box: [1, 2, 3, 4], w: 400, h: 400 };
const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);

function unpack(message) {
  const view = new DataView(message.buffer);
  const length = view.getUint16(2);
  const header = JSON.parse(new TextDecoder().decode(message.subarray(4, 4 + length)));
  return { version: message[0], flags: message[1], header, jpeg: message.subarray(4 + length) };
}

test("it opens with version 1 and no flags", () => {
  const { version, flags } = unpack(packFrame(HEADER, JPEG.buffer));
  assert.deepEqual([version, flags], [1, 0]);
});

test("it carries the header as JSON behind a big-endian length", () => {
  assert.deepEqual(unpack(packFrame(HEADER, JPEG.buffer)).header, HEADER);
});

test("it counts the header in bytes, not in characters", () => {
  const header = { ...HEADER, note: "Zoë 東京" };
  assert.deepEqual(unpack(packFrame(header, JPEG.buffer)).header, header);
});

test("it ends with the untouched picture", () => {
  assert.deepEqual([...unpack(packFrame(HEADER, JPEG.buffer)).jpeg], [...JPEG]);
});

test("it takes a message of exactly the limit", () => {
  const overhead = packFrame(HEADER, new ArrayBuffer(0)).length;
  const message = packFrame(HEADER, new ArrayBuffer(MOST_MESSAGE_BYTES - overhead));
  assert.equal(message.length, MOST_MESSAGE_BYTES);
});

test("it refuses a message one byte over the limit", () => {
  const overhead = packFrame(HEADER, new ArrayBuffer(0)).length;
  assert.throws(() => packFrame(HEADER, new ArrayBuffer(MOST_MESSAGE_BYTES - overhead + 1)), RangeError);
});

test("it refuses a header over 2 kB", () => {
  assert.throws(() => packFrame({ ...HEADER, note: "x".repeat(2048) }, JPEG.buffer), RangeError);
});
