import assert from "node:assert/strict";
import { test } from "node:test";

import { COVERING, describe, describeCover, greeting, PIN, restAfter, STATE_NAMES, stateOf } from "../../static/js/states.js";

test("it greets by the hour at the site", () => {
  assert.deepEqual([3, 8, 13, 19].map(greeting), ["Hello", "Good morning", "Good afternoon", "Good evening"]);
});

test("it greets the person by name", () => {
  assert.equal(describe("recognised", { name: "Angela Reyes", time: "08:57" }, 9).headline, "Good morning, Angela Reyes");
});

test("it shows the time of the punch", () => {
  assert.equal(describe("recognised", { name: "Angela", time: "08:57" }, 9).time, "08:57");
});

test("the server's own words win", () => {
  const { headline, sub } = describe("recognised", { name: "A", headline: "Welcome back", sub: "3 min early" }, 9);
  assert.deepEqual([headline, sub], ["Welcome back", "3 min early"]);
});

test("a punch out is a state of its own", () => {
  assert.equal(stateOf({ state: "recognised", direction: "out" }), "checkout");
});

test("a punch in is recognised", () => {
  assert.equal(stateOf({ state: "recognised", direction: "in" }), "recognised");
});

for (const [code, words] of [
  ["already_in", "You’re already in, Angela"],
  ["already_out", "You’re already out, Angela"],
  ["attendance_exists", "You’re already in, Angela"],
]) {
  test(`it says ${words} for ${code}`, () => assert.equal(describe("already", { code, name: "Angela" }).headline, words));
}

test("it says since when attendance exists", () => {
  const { sub } = describe("already", { code: "attendance_exists", name: "A", time: "08:57" });
  assert.equal(sub, "Attendance for today exists since 08:57. Nothing to do.");
});

test("it asks by name", () => {
  assert.equal(describe("confirm", { name: "Angela Reyes" }).headline, "Are you Angela Reyes?");
});

test("a hint becomes the headline while it searches", () => {
  assert.equal(describe("searching", { hint: "Come a little closer." }).headline, "Come a little closer");
});

test("an unknown person reads the server's advice", () => {
  assert.equal(describe("unknown", { hint: "Use your PIN." }).sub, "Use your PIN.");
});

test("after a punch nothing is left to do", () => {
  assert.deepEqual(["recognised", "checkout", "already"].map(restAfter), ["done", "done", "done"]);
});

test("after no decision the PIN is the way on", () => assert.equal(restAfter("unknown"), "declined"));

test("who is done reads to step aside", () => {
  const { headline, sub } = describe("done");
  assert.equal(`${headline}. ${sub}`, "All done. Step aside for the next person.");
});

test("who said not me reads what helps", () => {
  const { headline, sub } = describe("declined");
  assert.equal(`${headline}. ${sub}`, "Use your PIN. Or step away and come back.");
});

test("it treats a state it does not know as searching", () => {
  assert.equal(describe("dancing").state, "searching");
});

test("it writes no dangling comma without a name", () => {
  assert.equal(describe("checkout", {}).headline, "Goodbye");
});

test("the server's message explains a closed door", () => {
  assert.equal(describeCover("closed", { message: "No engine is installed." }).sub, "No engine is installed.");
});

test("only states without a picture cover it", () => {
  assert.deepEqual(STATE_NAMES.filter((name) => describeCover(name)), COVERING);
});

const HELPLESS = ["unknown", "declined", "busy", "offline", "closed", "denied", "nocamera", "inuse", "missing", "insecure"];

for (const state of HELPLESS) {
  test(`it offers the PIN in the state ${state}`, () => {
    assert.ok(describe(state).actions.some(({ act }) => act === PIN.act));
  });
}

for (const state of STATE_NAMES) {
  test(`the words of ${state} accuse nobody`, () => {
    const { headline, sub } = describe(state, { name: "Angela" });
    assert.doesNotMatch(`${headline} ${sub}`, /fail|wrong|invalid|denied|reject|fraud|error/i);
  });
}

for (const name of ["removed", "unpaired"]) {
  test(`a device that is ${name} is offered to pair`, () => {
    assert.deepEqual(describeCover(name).actions.map(({ act }) => act), ["pair"]);
    assert.deepEqual(describe(name).actions, []);
  });
}

test("a clock that is off says what the server found", () => {
  assert.equal(describeCover("clock", { message: "Set its time." }).sub, "Set its time.");
});
