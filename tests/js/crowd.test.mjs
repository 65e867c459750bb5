import assert from "node:assert/strict";
import { test } from "node:test";

import { Crowd } from "../../static/js/crowd.js";
import { groupVerdict, turnVerdict } from "../../static/js/gate_rules.js";
import { before } from "../../static/js/overlay.js";

const LEFT = [0.1, 0.2, 0.2, 0.3];
const RIGHT = [0.6, 0.2, 0.2, 0.3];
const SIZE = [640, 480];
const PRIYA = { box: LEFT, state: "recognised", name: "Priya Raman", direction: "in", time: "08:57" };
const STRANGER = { box: RIGHT, state: "unknown", code: "unknown" };

function crowdOf(...faces) {
  const crowd = new Crowd();
  crowd.see(faces, 0);
  return crowd;
}

test("each face has its row: who was booked comes first", () => {
  const rows = crowdOf(STRANGER, PRIYA).rows(100);
  assert.deepEqual(rows.map(({ name, word }) => [name, word]), [["Priya Raman", "Checked in"], ["", "Not recognised: use your PIN"]]);
});

test("a result stays readable for four seconds although its person walked on", () => {
  const crowd = crowdOf(PRIYA);
  crowd.see([], 500);
  assert.deepEqual([crowd.rows(3999).length, crowd.rows(4000).length], [1, 0]);
});

test("an answer about faces without a name is not shown once it is old", () => {
  assert.deepEqual(crowdOf(STRANGER).rows(1500), []);
});

test("a person seen again has one row", () => {
  const crowd = crowdOf(PRIYA);
  crowd.see([PRIYA], 500);
  assert.equal(crowd.rows(600).length, 1);
});

test("going out is said as such", () => assert.equal(crowdOf({ ...PRIYA, direction: "out" }).rows(0)[0].word, "Checked out"));

test("a face that is still looked at shows what to change", () => {
  assert.equal(crowdOf({ box: LEFT, state: "searching", hint: "Come a little closer." }).rows(0)[0].word, "Come a little closer");
});

test("each bracket takes the tone of the answer about the face in its place", () => {
  const crowd = crowdOf(PRIYA, STRANGER);
  assert.deepEqual([crowd.toneOf([64, 96, 128, 144], SIZE, 10), crowd.toneOf([384, 96, 128, 144], SIZE, 10)], ["ok", "warn"]);
});

test("a face that nobody answered yet has the neutral tone", () => {
  assert.equal(crowdOf(PRIYA).toneOf([300, 96, 100, 144], SIZE, 10), "info");
});

test("a passage sends every picture with a face, however many", () => {
  assert.deepEqual([[], [{}], [{}, {}]].map((faces) => groupVerdict({ faces }).send), [false, true, true]);
});

test("while the head turns, a blurred face is sent all the same", () => {
  assert.equal(turnVerdict({ faces: [{ box: [0, 0, 200, 200] }], luma: 100, sharpness: 1 }).send, true);
});

test("two people cannot take one turn", () => {
  const verdict = turnVerdict({ faces: [{ box: [0, 0, 200, 200] }, { box: [300, 0, 190, 200] }] });
  assert.deepEqual([verdict.send, verdict.code], [false, "two_faces"]);
});

test("a bracket continues the one that is nearest", () => {
  assert.deepEqual(before([10, 10, 50, 50], [[200, 10, 50, 50], [14, 8, 50, 50]]), [14, 8, 50, 50]);
});

test("the bracket of a newcomer starts at their face", () => {
  assert.deepEqual(before([10, 10, 50, 50], [[200, 10, 50, 50]]), [10, 10, 50, 50]);
});
