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
  tracks.see(null, 500);
  assert.equal(tracks.see(BOX, 999), 1);
});

test("it starts a new track after a second of nobody", () => {
  const tracks = new TrackCounter(0);
  tracks.see(BOX, 0);
  assert.equal(tracks.see(BOX, 1000), 2);
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

test("it is empty a second after the last face", () => {
  const tracks = new TrackCounter(0);
  tracks.see(BOX, 0);
  assert.deepEqual([tracks.isEmpty(999), tracks.isEmpty(1000)], [false, true]);
});

test("it numbers two pages of one camera apart", () => {
  assert.ok(new TrackCounter().track > 1_600_000_000_000);
});
