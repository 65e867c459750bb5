import assert from "node:assert/strict";
import { test } from "node:test";

import { codeOf, isLookDue, KeyBurst, refusedBadge, SeenBadges } from "../../static/js/badge_rules.js";
import { BADGE, describe, PIN } from "../../static/js/states.js";

const CODE = "23456789ABCDEFGHJKLMNPQRST"; // pragma: allowlist secret  (letters in order)
const RFID = "0012345678";

function typed(text, gap, { burst = new KeyBurst(), from = 1000, end = "Enter" } = {}) {
  const answers = [...text, end].map((key, i) => burst.press(key, from + i * gap));
  return answers.at(-1);
}

for (const gap of [1, 10, 40]) {
  test(`a reader that types every ${gap} ms is heard`, () => {
    assert.deepEqual(typed(RFID, gap), { code: RFID, since: 1000 });
  });
}

for (const gap of [60, 120, 300]) {
  test(`somebody who types every ${gap} ms is not a reader`, () => assert.equal(typed(RFID, gap), null));
}

test("two keys rolled together are not a reader", () => {
  const burst = new KeyBurst();
  for (const [key, at] of [["o", 0], ["f", 180], ["f", 340], ["e", 372], ["r", 520]]) burst.press(key, at);
  assert.equal(burst.press("Enter", 550), null);
});

test("a reader may end with a tab", () => assert.equal(typed(RFID, 5, { end: "Tab" }).code, RFID));

test("keys typed by hand before do not join the reader's", () => {
  const burst = new KeyBurst();
  burst.press("x", 500);
  assert.equal(typed(RFID, 5, { burst }).code, RFID);
});

test("the shift key of a capital says nothing", () => {
  const burst = new KeyBurst();
  const keys = [..."AB12CD"].flatMap((key) => ["Shift", key]);
  keys.forEach((key, i) => burst.press(key, i * 4));
  assert.equal(burst.press("Enter", 50).code, "AB12CD");
});

test("two cards in a row are two readings", () => {
  const burst = new KeyBurst();
  typed(RFID, 5, { burst });
  assert.equal(typed("0099", 5, { burst, from: 1060 }).code, "0099");
});

for (const text of ["123", "", "кар\u0442а1"]) {
  test(`"${text}" is no card`, () => assert.equal(typed(text, 5), null));
}

test("the camera knows its own codes", () => assert.equal(codeOf(CODE), CODE));

for (const other of ["https://example.org/menu", "WIFI:S:x;;", CODE.toLowerCase(), `${CODE}2`, CODE.replace("2", "0")]) {
  test(`it passes over ${other}`, () => assert.equal(codeOf(other), ""));
}

test("when asked it takes a company's own code", () => assert.equal(codeOf("EMP-00417", true), "EMP-00417"));

test("when asked it takes no novel", () => assert.equal(codeOf("x".repeat(65), true), ""));

test("a badge held up is read once", () => {
  const seen = new SeenBadges();
  const news = [0, 500, 9000, 18000].map((at) => seen.isNew(CODE, at));
  assert.deepEqual(news, [true, false, false, false]);
});

test("a badge that was away is read again", () => {
  const seen = new SeenBadges();
  seen.isNew(CODE, 0);
  assert.equal(seen.isNew(CODE, 10001), true);
});

test("the next person's badge is new at once", () => {
  const seen = new SeenBadges();
  seen.isNew(CODE, 0);
  assert.equal(seen.isNew(RFID, 100), true);
});

const LOOK = { now: 1000, lookedAt: 600, asked: false, deciding: false, busy: false };

for (const [what, facts, due] of [
  ["twice a second by itself", { lookedAt: 500 }, true],
  ["not more often", {}, false],
  ["five times a second when asked", { asked: true, lookedAt: 800 }, true],
  ["never beside a face being decided", { lookedAt: 0, deciding: true }, false],
  ["beside a face when asked", { asked: true, deciding: true, lookedAt: 0 }, true],
  ["never twice at once", { asked: true, busy: true, lookedAt: 0 }, false],
]) {
  test(`it looks for a code ${what}`, () => assert.equal(isLookDue({ ...LOOK, ...facts }), due));
}

test("the idle page offers face, PIN and badge", () => {
  const { headline, sub, actions } = describe("idle");
  for (const way of [/camera/, /PIN/, /badge/]) assert.match(`${headline} ${sub}`, way);
  assert.deepEqual(actions, [PIN, BADGE]);
});

test("without faces PIN and badge are offered alike", () => {
  const [pin, badge] = describe("closed").actions;
  assert.deepEqual([pin.act, badge.act, pin.primary], ["pin", "badge", badge.primary]);
});

test("a badge that did not work says what to do", () => {
  const { sub, tone } = describe("badge_refused", refusedBadge({ hint: "Use your PIN." }));
  assert.deepEqual([sub, tone], ["Use your PIN.", "warn"]);
});
