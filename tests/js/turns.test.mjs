import assert from "node:assert/strict";
import { test } from "node:test";

import { pageState } from "../../static/js/page_state.js";
import { describe, restAfter, STATE_NAMES } from "../../static/js/states.js";
import { isOver, running, turnOf, TURNS } from "../../static/js/turns.js";

const NEVER = /spoof|fake|photo of|not real|attack|fraud|cheat|suspicious/i;
const FACTS = { now: 1000, camera: "playing", ready: true, closedSocketAt: null, busyUntil: 0, present: true, track: 1 };

for (const [step, { icon, words }] of Object.entries(TURNS)) {
  test(`${step} has an arrow and words`, () => assert.deepEqual([Boolean(icon), words.length > 5], [true, true]));
}

test("the card says which way and how many more", () => {
  const { headline, sub } = describe("challenge", { step: "left", left: 2 });
  assert.deepEqual([headline, sub], ["Turn your head to the left", "Show us it’s really you. One more after this."]);
});

test("the last turn says that it is the last", () => {
  assert.match(describe("challenge", { step: "up", left: 1 }).sub, /Then you are done/);
});

test("what the server says of the last try is shown with the next", () => {
  const { headline, sub } = describe("challenge", { step: "front", left: 2, hint: "That took too long. Once more." });
  assert.deepEqual([headline, sub], ["Look straight at the camera", "That took too long. Once more."]);
});

test("a step that this page does not know asks to look straight", () => assert.equal(turnOf({ step: "nod" }).step, "front"));

test("a turn is over when its time is up", () => {
  const turn = { ...running({ window_ms: 3000 }, 1000), track: 1 };
  assert.deepEqual([5499, 5500].map((now) => isOver(turn, { now, track: 1 })), [false, true]);
});

test("a turn is not put to whoever steps up next", () => {
  assert.equal(isOver({ ...running({ window_ms: 3000 }, 1000), track: 1 }, { now: 1001, track: 2 }), true);
});

test("no turn is never over", () => assert.equal(isOver(null, { now: 0, track: 1 }), false));

test("the page shows the turn that runs", () => {
  assert.equal(pageState({ ...FACTS, turn: { step: "left" } }).state, "challenge");
});

test("a result is shown before a turn", () => {
  const result = { state: "recognised", message: {}, at: 900, until: 4900, track: 1 };
  assert.equal(pageState({ ...FACTS, result, turn: { step: "left" } }).state, "recognised");
});

test("several people are shown as such", () => {
  const { state, message } = pageState({ ...FACTS, rows: [{ name: "A" }] });
  assert.deepEqual([state, message.rows.length], ["several", 1]);
});

test("a question comes before the rows", () => {
  assert.equal(pageState({ ...FACTS, rows: [{ name: "A" }], question: { name: "A" } }).state, "confirm");
});

test("one who is checked in among several is greeted by name", () => {
  const rows = [{ state: "recognised", name: "Priya Raman" }, { state: "unknown", name: "" }];
  assert.equal(describe("several", { rows }, 9).headline, "Good morning, Priya Raman");
});

test("two who are checked in are greeted together", () => {
  const rows = [{ state: "recognised", name: "A" }, { state: "recognised", name: "B" }];
  assert.equal(describe("several", { rows }, 9).headline, "Good morning");
});

for (const state of ["ambiguous", "unsure"]) {
  test(`${state} leads to the PIN`, () => {
    const [first] = describe(state).actions;
    assert.deepEqual([first.act, first.primary, restAfter(state)], ["pin", true, "declined"]);
  });
}

test("what the server advises is shown with the PIN", () => {
  assert.equal(describe("unsure", { hint: "This camera asks for your PIN as well." }).sub, "This camera asks for your PIN as well.");
});

test("no state accuses anybody", () => {
  for (const state of STATE_NAMES) {
    const { headline, sub } = describe(state, { name: "A", step: "left" });
    assert.doesNotMatch(`${headline} ${sub}`, NEVER);
  }
});
