import assert from "node:assert/strict";
import { test } from "node:test";

import { Approach, RESULT_SHOWN_MS } from "../../static/js/approach.js";
import { TrackCounter } from "../../static/js/tracks.js";

const BOX = [200, 100, 150, 150];

function someoneAt(now) {
  const tracks = new TrackCounter(0);
  const approach = new Approach(tracks);
  tracks.see(BOX, now);
  approach.follow();
  return { tracks, approach };
}

test("it may send as soon as somebody steps up", () => {
  assert.equal(someoneAt(0).approach.maySend(0), true);
});

test("it sends nothing while a result is shown", () => {
  const { approach } = someoneAt(0);
  approach.settle(100);
  assert.equal(approach.maySend(100 + RESULT_SHOWN_MS - 1), false);
});

test("it asks the server again about somebody who stays", () => {
  const { approach } = someoneAt(0);
  approach.settle(0);
  approach.wake(RESULT_SHOWN_MS);
  assert.equal(approach.maySend(RESULT_SHOWN_MS), true);
});

test("it asks again under a new track", () => {
  const { approach, tracks } = someoneAt(0);
  approach.settle(0);
  approach.wake(RESULT_SHOWN_MS);
  assert.equal(tracks.track, 2);
});

test("it does not take its own new track for somebody else", () => {
  const { approach } = someoneAt(0);
  approach.settle(0);
  approach.wake(RESULT_SHOWN_MS);
  assert.equal(approach.follow(), false);
});

test("it waits twice as long before the next time", () => {
  const { approach } = someoneAt(0);
  approach.settle(0);
  approach.wake(RESULT_SHOWN_MS);
  approach.settle(5000);
  assert.deepEqual([12999, 13000].map((now) => approach.maySend(now)), [false, true]);
});

test("it waits thirty seconds at most", () => {
  const { approach } = someoneAt(0);
  for (let round = 0; round < 9; round += 1) approach.settle(0);
  assert.equal(approach.maySend(30000), true);
});

test("it does not let the next person wait", () => {
  const { approach, tracks } = someoneAt(0);
  approach.settle(0);
  for (const now of [100, 600]) tracks.see(null, now);
  tracks.see(BOX, 1500);
  approach.follow();
  assert.equal(approach.maySend(1500), true);
});

test("it sends nothing while it asks who somebody is", () => {
  const { approach } = someoneAt(0);
  approach.ask({ approach: "a", expires_ms: 15000 }, 0);
  assert.equal(approach.maySend(5000), false);
});

test("the question ends when its time is up", () => {
  const { approach, tracks } = someoneAt(0);
  approach.ask({ approach: "a", expires_ms: 15000 }, 0);
  tracks.see(BOX, 14999);
  assert.deepEqual([14999, 15000].map((now) => approach.isQuestionOver(now)), [false, true]);
});

test("the question ends when the person leaves", () => {
  const { approach, tracks } = someoneAt(0);
  approach.ask({ approach: "a", expires_ms: 15000 }, 0);
  tracks.see(null, 100);
  assert.deepEqual([2100, 2101].map((now) => approach.isQuestionOver(now)), [false, true]);
});

test("a page that cannot see people leave keeps the question", () => {
  const { approach } = someoneAt(0);
  approach.ask({ approach: "a", expires_ms: 15000 }, 0);
  assert.equal(approach.isQuestionOver(14000), false);
});

test("it rests for as long as it sends nothing", () => {
  const { approach } = someoneAt(0);
  approach.settle(0, "done");
  assert.deepEqual([3999, 4000].map((now) => approach.resting(now)), ["done", null]);
});

test("a pause without a decision leaves the PIN", () => {
  const { approach } = someoneAt(0);
  approach.settle(0);
  assert.equal(approach.resting(100), "declined");
});

test("the next person is not resting", () => {
  const { approach, tracks } = someoneAt(0);
  approach.settle(0, "done");
  for (const now of [100, 600]) tracks.see(null, now);
  tracks.see(BOX, 1500);
  approach.follow();
  assert.equal(approach.resting(1500), null);
});
