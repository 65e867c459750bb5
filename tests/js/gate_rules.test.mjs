import assert from "node:assert/strict";
import { test } from "node:test";

import { ENROLL, Gate, HINTS, mainFace, pictureCode, placeCode, PUNCH } from "../../static/js/gate_rules.js";

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

// The codes of apps/recognition/shapes.py; tests/front/test_refusal_hints.py compares the two lists.
const CODES = [
  "no_face", "two_faces", "too_small", "blurred", "too_dark", "too_bright", "cut_off", "turned_away", "covered",
];

for (const code of CODES) {
  test(`it says what to do about ${code}`, () => assert.match(HINTS[code] ?? "", /^[A-Z].+\.$/));
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

const inTheDark = (limits) => new Gate(limits).judge({ faces: [], size: SIZE, luma: 10, sharpness: 0 }, 0).hint;

test("it offers the PIN at the kiosk when it is too dark to see anybody", () => {
  assert.equal(inTheDark(PUNCH), "It is very dark here. Turn on a light, or use your PIN.");
});

test("it does not send somebody who enrolls in the dark to the PIN", () => {
  assert.equal(inTheDark(ENROLL), "It is very dark here. Turn on a light.");
});

const left = face(0, 120, 320);
const right = face(320, 120, 300);
const two = { ...good, faces: [left, right] };
const only = (one) => ({ ...good, faces: [one] });

/** The times at which the gate lets a frame through, looking every 100 ms. */
function sentAt(limits, looks, { soft: isSoft = false } = {}) {
  const gate = new Gate(limits);
  return looks.map((seen, i) => [i * 100, gate.judge(isSoft ? { ...seen, sharpness: 10 } : seen, i * 100).send])
    .filter(([, send]) => send).map(([at]) => at);
}

const lostNowAndThen = Array.from({ length: 100 }, (_, i) => (i % 5 < 2 ? two : only(i % 2 ? left : right)));

for (const [place, limits] of Object.entries({ kiosk: PUNCH, enrollment: ENROLL })) {
  for (const isSoft of [false, true]) {
    test(`it never sends two people at the ${place}, ${isSoft ? "soft" : "sharp"}, while the detector loses one`, () => {
      assert.deepEqual(sentAt(limits, [two, ...lostNowAndThen], { soft: isSoft }), []);
    });
  }

  test(`it sends at the ${place} once the second person has been away for a while`, () => {
    assert.equal(sentAt(limits, [two, ...Array(30).fill(good)])[0], 1700);
  });
}

test("a new main face does not make it forget the crowd", () => {
  const gate = new Gate(PUNCH);
  gate.judge(two, 0);
  gate.reset();
  assert.deepEqual([70, 140].map((at) => gate.judge(only(right), at).code), ["two_faces", "two_faces"]);
});

test("an empty look between does not make it forget the crowd", () => {
  const gate = new Gate(PUNCH);
  const looks = [two, { ...good, faces: [] }, only(left), only(left)];
  assert.equal(looks.map((seen, i) => gate.judge(seen, i * 100)).at(-1).code, "two_faces");
});

test("enrollment watches one face for a second before the first frame", () => {
  assert.equal(sentAt(ENROLL, Array(20).fill(good))[0], 1000);
});

test("enrollment does not take a second face for background as soon as the kiosk does", () => {
  const faces = [face(60, 100, 200), face(400, 100, 100)];
  assert.deepEqual([PUNCH, ENROLL].map((limits) => placeCode(faces, SIZE, limits)), [null, "two_faces"]);
});
