import assert from "node:assert/strict";
import { test } from "node:test";

import { nextStep, readAnswer } from "../../static/js/pin_rules.js";

const BOOKED = { state: "recognised", name: "Angela", direction: "in", time: "08:57" };

for (const state of ["recognised", "already"]) {
  test(`it hands on the answer ${state}`, () => {
    const body = { ...BOOKED, state };
    assert.equal(readAnswer({ status: 200, body }), body);
  });
}

for (const [status, code] of [[401, "signed_out"], [403, "forbidden"], [422, "pin_wrong"], [429, "locked"], [503, "closed"]]) {
  test(`it shows the server's own hint with ${status}`, () => {
    const answer = readAnswer({ status, body: { state: "refused", code, hint: "Do this." } });
    assert.deepEqual(answer, { state: "refused", code, hint: "Do this." });
  });
}

const STRANGE = [
  ["a redirect to the sign-in page", { status: 200, redirected: true, body: null }, /signed out/],
  ["a page of the login wall", { status: 401, body: null }, /signed out/],
  ["a page that says forbidden", { status: 403, body: null }, /Reload/],
  ["a proxy's page", { status: 502, body: null }, /server could not/],
  ["JSON that is not an answer", { status: 200, body: {} }, /server could not/],
  ["JSON that is not an object", { status: 200, body: 7 }, /server could not/],
  ["a state of the future", { status: 200, body: { state: "moon" } }, /server could not/],
  ["a redirect that ends in a punch", { status: 200, redirected: true, body: BOOKED }, /signed out/],
];

for (const [what, response, words] of STRANGE) {
  test(`it says something about ${what}`, () => {
    const { state, hint } = readAnswer(response);
    assert.equal(state, "refused");
    assert.match(hint, words);
  });

  test(`it does not call ${what} a lost connection`, () => assert.doesNotMatch(readAnswer(response).hint, /connection/i));
}

const STEPS = [
  ["the number is written", { isAtNumber: true, pin: "" }, "next"],
  ["the PIN's turn has come", { isAtNumber: false, pin: "" }, "submit"],
  ["both are there", { isAtNumber: false, pin: "1234" }, "submit"],
  ["the number is mended after the PIN", { isAtNumber: true, pin: "1234" }, "submit"],
];

for (const [when, facts, step] of STEPS) {
  test(`the button means ${step} when ${when}`, () => assert.equal(nextStep(facts), step));
}
