import assert from "node:assert/strict";
import { test } from "node:test";

import { describeEnroll, enrollState, FINAL_STATES, qualityMarks } from "../../static/js/enroll_states.js";

test("a refusal is known by its code", () => {
  assert.equal(enrollState({ state: "refused", code: "held" }), "held");
});

test("a refusal with a code of the future is still a refusal", () => {
  assert.equal(enrollState({ state: "refused", code: "moon_phase" }), "refused");
});

test("a hint becomes the headline while frames are taken", () => {
  assert.equal(describeEnroll("collecting", { hint: "Come a little closer." }).headline, "Come a little closer");
});

test("the server's reason stands under a refusal", () => {
  assert.equal(describeEnroll("held", { hint: "Ask HR." }).sub, "Ask HR.");
});

test("it names the person who is done", () => {
  assert.equal(describeEnroll("complete", { name: "Angela" }).sub, "Angela can check in by face now.");
});

for (const state of FINAL_STATES.filter((name) => !["complete", "signin"].includes(name))) {
  test(`the end ${state} leads back`, () => {
    assert.ok(describeEnroll(state).actions.some(({ act }) => act === "back"));
  });
}

test("a good frame ticks every box", () => {
  assert.deepEqual(qualityMarks(null), { one: true, close: true, light: true, sharp: true });
});

test("the first failing box leaves the later ones open", () => {
  assert.deepEqual(qualityMarks("too_small"), { one: true, close: false, light: null, sharp: null });
});

for (const code of ["turned_away", "covered"]) {
  test(`a face that is ${code} is not a whole one`, () => assert.equal(qualityMarks(code).close, false));
}

test("without a face nothing is ticked", () => {
  assert.deepEqual(qualityMarks("no_face"), { one: false, close: null, light: null, sharp: null });
});
