import assert from "node:assert/strict";
import { test } from "node:test";

import { atMost, boundWords, wordsOf } from "../../static/js/spoof_rules.js";

// One-sided 95 % bounds of Clopper and Pearson; with no hits the bound is 1 - 0.05^(1/n).
for (const [hits, of, bound] of [[0, 12, 1 - 0.05 ** (1 / 12)], [0, 59, 1 - 0.05 ** (1 / 59)], [3, 150, 0.0508], [4, 4, 1]]) {
  test(`${hits} of ${of} bounds the rate at ${bound.toFixed(3)}`, () => {
    assert.ok(Math.abs(atMost(hits, of) - bound) < 0.0005, String(atMost(hits, of)));
  });
}

test("a running count says how large the true rate can be", () => {
  assert.equal(boundWords("print", { tries: 12, accepted: 0 }), "0 of 12 accepted: the true rate can be up to 22 %.");
});

test("of live faces those count that were not accepted", () => {
  assert.match(boundWords("live", { tries: 20, accepted: 19 }), /^1 of 20 not accepted/);
});

test("what was not tried bounds nothing", () => {
  assert.equal(boundWords("phone", {}), "Not tried yet.");
  assert.equal(boundWords("phone"), "Not tried yet.");
});

test("a problem comes before everything else", () => {
  assert.equal(wordsOf({ problem: "denied", isTrying: true, ready: true }).headline, "Camera is blocked");
});

test("while a try runs the server's hint leads", () => {
  assert.equal(wordsOf({ isTrying: true, ready: true, hint: "Come a little closer." }).headline, "Come a little closer.");
});

test("each outcome has its words, and none says that somebody is not real", () => {
  for (const outcome of ["accepted", "refused", "unanswered"]) {
    const { headline, sub } = wordsOf({ outcome, ready: true });
    assert.ok(headline && sub && !/fake|spoof/i.test(headline + sub));
  }
});

for (const [species, outcome, tone] of [
  ["phone", "accepted", "bad"], ["phone", "refused", "good"],
  ["live", "accepted", "good"], ["live", "refused", "bad"],
  ["live", "unanswered", "none"], ["print", "unanswered", "none"],
]) {
  test(`${species} ${outcome} is ${tone}`, () => assert.equal(wordsOf({ species, outcome, ready: true }).tone, tone));
}

test("what is said before a try has no tone", () => {
  assert.equal(wordsOf({ ready: true, species: "phone" }).tone, "");
});

test("tries that were all given up bound nothing", () => {
  assert.match(boundWords("monitor", { tries: 2, accepted: 0, unanswered: 2 }), /nothing is known/);
});
