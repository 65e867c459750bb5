import assert from "node:assert/strict";
import { test } from "node:test";

import { TrackCounter } from "../../static/js/tracks.js";

const BOX = [200, 100, 150, 150];

test("it starts a track with the first face", () => {
  assert.equal(new TrackCounter(10).see(BOX, 0), 11);
});

test("it keeps the track while somebody stands still", () => {
  const tracks = new TrackCounter(0);
  tracks.see(BOX, 0);
  assert.equal(tracks.see([205, 98, 152, 149], 100), 1);
});

test("it keeps the track over a gap that is shorter than a second", () => {
  const tracks = new TrackCounter(0);
  tracks.see(BOX, 0);
  for (const now of [100, 500, 900]) tracks.see(null, now);
  assert.equal(tracks.see(BOX, 1099), 1);
});

test("it starts a new track after a second of nobody", () => {
  const tracks = new TrackCounter(0);
  tracks.see(BOX, 0);
  for (const now of [100, 500, 900]) tracks.see(null, now);
  assert.equal(tracks.see(BOX, 1100), 2);
});

test("it keeps the track on a device that looks every three seconds", () => {
  const tracks = new TrackCounter(0);
  for (const now of [0, 3000, 6000]) tracks.see(BOX, now);
  assert.equal(tracks.track, 1);
});

test("one look that misses the face is not absence, however slow the device", () => {
  const tracks = new TrackCounter(0);
  tracks.see(BOX, 0);
  tracks.see(null, 3000);
  assert.equal(tracks.see(BOX, 6000), 1);
});

test("it starts a new track when a face appears elsewhere", () => {
  const tracks = new TrackCounter(0);
  tracks.see(BOX, 0);
  assert.equal(tracks.see([420, 100, 150, 150], 100), 2);
});

test("it starts a new track when the face is suddenly twice as large", () => {
  const tracks = new TrackCounter(0);
  tracks.see(BOX, 0);
  assert.equal(tracks.see([125, 25, 300, 300], 100), 2);
});

test("it follows a face that walks across the picture", () => {
  const tracks = new TrackCounter(0);
  for (let step = 0; step < 10; step += 1) tracks.see([step * 50, 100, 150, 150], step * 70);
  assert.equal(tracks.track, 1);
});

test("it is empty before the first face", () => {
  assert.equal(new TrackCounter(0).isEmpty(0), true);
});

test("it is empty after a second of looks without a face", () => {
  const tracks = new TrackCounter(0);
  tracks.see(BOX, 0);
  for (const now of [100, 200]) tracks.see(null, now);
  assert.deepEqual([tracks.isEmpty(1099), tracks.isEmpty(1100)], [false, true]);
});

test("it is not empty while nobody looks", () => {
  const tracks = new TrackCounter(0);
  tracks.see(BOX, 0);
  assert.equal(tracks.isEmpty(9000), false);
});

test("it numbers two pages of one camera apart", () => {
  assert.ok(new TrackCounter().track > 1_600_000_000_000);
});
