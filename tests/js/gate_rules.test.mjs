import assert from "node:assert/strict";
import { test } from "node:test";

import { ENROLL, Gate, mainFace, pictureCode, placeCode, PUNCH, TOO_DARK_TO_SEE } from "../../static/js/gate_rules.js";

const SIZE = [640, 480];
const face = (x, y, w, h = w) => ({ box: [x, y, w, h], score: 0.9 });
const good = { faces: [face(220, 120, 200)], size: SIZE, luma: 120, sharpness: 200 };
const soft = { ...good, sharpness: 10 };

test("it picks the widest face", () => {
  assert.equal(mainFace([face(0, 0, 90), face(300, 100, 140)]).box[2], 140);
});

const PLACES = [
  ["nobody", [], PUNCH, "no_face"],
  ["two people side by side", [face(60, 100, 200), face(360, 100, 180)], PUNCH, "two_faces"],
  ["a second face far behind", [face(60, 100, 200), face(400, 100, 100)], PUNCH, null],
  ["a face of 119 px", [face(220, 120, 119)], PUNCH, "too_small"],
  ["a face of 120 px", [face(220, 120, 120)], PUNCH, null],
  ["a face of 150 px at enrollment", [face(220, 120, 150)], ENROLL, "too_small"],
  ["a face of 160 px at enrollment", [face(220, 120, 160)], ENROLL, null],
  ["half a face at the edge", [face(-90, 120, 200)], PUNCH, "cut_off"],
  ["a forehead just outside", [face(220, -15, 200)], PUNCH, null],
];

for (const [what, faces, limits, code] of PLACES) {
  test(`it answers ${code} for ${what}`, () => assert.equal(placeCode(faces, SIZE, limits), code));
}

const PICTURES = [
  [{ luma: 59, sharpness: 200 }, "too_dark"],
  [{ luma: 216, sharpness: 200 }, "too_bright"],
  [{ luma: 120, sharpness: 39 }, "blurred"],
  [{ luma: 120, sharpness: 40 }, null],
];

for (const [measures, code] of PICTURES) {
  test(`it answers ${code} for ${JSON.stringify(measures)}`, () => assert.equal(pictureCode(measures), code));
}

test("it waits for a second detection", () => {
  assert.equal(new Gate(PUNCH).judge(good, 0).send, false);
});

test("it sends the second steady detection", () => {
  const gate = new Gate(PUNCH);
  gate.judge(good, 0);
  assert.equal(gate.judge(good, 70).send, true);
});

test("it says what to do about a soft picture", () => {
  assert.equal(new Gate(PUNCH).judge(soft, 0).hint, "Hold still for a moment.");
});

test("it keeps a soft picture back for three seconds", () => {
  const gate = new Gate(PUNCH);
  gate.judge(soft, 0);
  assert.equal(gate.judge(soft, 2999).send, false);
});

test("it sends a soft picture after three seconds", () => {
  const gate = new Gate(PUNCH);
  gate.judge(soft, 0);
  assert.equal(gate.judge(soft, 3000).send, true);
});

test("a missed detection does not start the three seconds again", () => {
  const gate = new Gate(PUNCH);
  gate.judge(soft, 0);
  gate.judge({ ...soft, faces: [] }, 1500);
  assert.equal(gate.judge(soft, 3000).send, true);
});

test("it never sends a face that is too small, however long it waits", () => {
  const gate = new Gate(PUNCH);
  const small = { ...good, faces: [face(220, 120, 60)] };
  gate.judge(small, 0);
  assert.deepEqual(gate.judge(small, 9000), { send: false, code: "too_small", hint: "Come a little closer." });
});

test("it is patient anew with the next person", () => {
  const gate = new Gate(PUNCH);
  gate.judge(soft, 0);
  gate.reset();
  assert.equal(gate.judge(soft, 3000).send, false);
});

test("it tells an empty place from a black picture", () => {
  const gate = new Gate(PUNCH);
  const codes = [100, 39].map((luma) => gate.judge({ faces: [], size: SIZE, luma, sharpness: 0 }, 0).code);
  assert.deepEqual(codes, ["no_face", "too_dark"]);
});

test("it says that a black picture is too dark to see anybody", () => {
  const { hint } = new Gate(PUNCH).judge({ faces: [], size: SIZE, luma: 10, sharpness: 0 }, 0);
  assert.equal(hint, TOO_DARK_TO_SEE);
});
