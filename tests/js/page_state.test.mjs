import assert from "node:assert/strict";
import { test } from "node:test";

import { pageState, Steady } from "../../static/js/page_state.js";

const CALM = {
  now: 10000, stopped: null, result: null, question: null, camera: "playing", closed: null, closedSocketAt: null,
  offline: false, busyUntil: 0, ready: true, resting: null, present: false, track: 1, code: "", hint: "",
};
const RESULT = { state: "recognised", message: { name: "Angela" }, at: 9000, until: 13000, track: 1 };
const stateWith = (facts) => pageState({ ...CALM, ...facts }).state;

const CASES = [
  ["idle while nobody is there", {}, "idle"],
  ["searching while somebody is there", { present: true }, "searching"],
  ["starting until the detector is ready", { ready: false }, "starting"],
  ["busy while the server asks for patience", { present: true, busyUntil: 10001 }, "busy"],
  ["the camera's own failure", { camera: "denied" }, "denied"],
  ["closed before a failing camera", { camera: "denied", closed: { message: "" } }, "closed"],
  ["idle through a short reconnect", { closedSocketAt: 8500 }, "idle"],
  ["offline after two seconds", { closedSocketAt: 7999 }, "offline"],
  ["offline at once when the browser says so", { offline: true, present: true, busyUntil: 10001 }, "offline"],
  ["offline before a question nobody could answer", { offline: true, question: { name: "Angela" } }, "offline"],
  ["offline before a face mode that is closed", { offline: true, closed: { message: "" } }, "offline"],
  ["that all is done while the person stays", { present: true, resting: "done" }, "done"],
  ["the PIN to whoever said not me", { present: true, resting: "declined" }, "declined"],
  ["idle once that person has gone", { resting: "done" }, "idle"],
  ["the result as long as it is shown", { present: true, result: RESULT }, "recognised"],
  ["the result of a PIN beside a blocked camera", { camera: "denied", result: { ...RESULT, track: null } }, "recognised"],
  ["no result that is over", { result: { ...RESULT, until: 10000 } }, "idle"],
  ["a fresh result although the next person is there", { present: true, track: 2, result: RESULT }, "recognised"],
  ["the next person once the result could be read", { present: true, track: 2, result: { ...RESULT, at: 8499 } }, "searching"],
  ["the question before anything about the camera", { question: { name: "Angela" }, present: true }, "confirm"],
  ["a clock that is off before a lost connection", { clock: { sub: "" }, offline: true }, "clock"],
  ["the end of the session before everything", { stopped: "signin", result: RESULT }, "signin"],
];

for (const [what, facts, state] of CASES) {
  test(`it shows ${what}`, () => assert.equal(stateWith(facts), state));
}

test("it hands the hint on while it searches", () => {
  const { message } = pageState({ ...CALM, present: true, code: "too_small", hint: "Come a little closer." });
  assert.deepEqual(message, { code: "too_small", hint: "Come a little closer." });
});

test("a hint has to last before it is shown", () => {
  const hints = new Steady(300);
  hints.next("Hold still.", 1000);
  assert.deepEqual([hints.next("Hold still.", 1299), hints.next("Hold still.", 1300)], ["", "Hold still."]);
});

test("a hint that flickers is not shown", () => {
  const hints = new Steady(300);
  const shown = [0, 200, 400, 600].map((now, i) => hints.next(i % 2 ? "a" : "b", now + 1000));
  assert.deepEqual(shown, ["", "", "", ""]);
});
