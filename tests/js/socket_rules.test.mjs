import assert from "node:assert/strict";
import { test } from "node:test";

import { closeRule, reconnectDelay } from "../../static/js/socket_rules.js";

const latest = () => 1;

test("it stops where somebody has to sign in", () => {
  assert.deepEqual(closeRule(4401), { retry: false, state: "signin" });
});

test("it stops where the camera is revoked", () => {
  assert.deepEqual(closeRule(4403), { retry: false, state: "revoked" });
});

test("it sends smaller frames after 4413", () => {
  assert.deepEqual(closeRule(4413), { retry: true, tooBig: true });
});

test("it waits five seconds after 4429", () => {
  assert.equal(closeRule(4429).afterMs, 5000);
});

for (const code of [1000, 1001, 1006, 1011, 1012, 1013]) {
  test(`it connects again after ${code}`, () => assert.equal(closeRule(code).retry, true));
}

test("it spreads the first try after a server loss over ten seconds", () => {
  assert.equal(reconnectDelay(0, { random: latest }), 10000);
});

test("it doubles the spread with each failure", () => {
  assert.equal(reconnectDelay(1, { random: latest }), 20000);
});

test("it never waits longer than a minute", () => {
  assert.equal(reconnectDelay(9, { random: latest }), 60000);
});

test("it draws from the whole spread", () => {
  assert.equal(reconnectDelay(3, { random: () => 0 }), 0);
});

test("it tries within a second when only this browser was offline", () => {
  assert.equal(reconnectDelay(0, { random: latest, wasOffline: true }), 1000);
});

test("it spreads again when that first try fails", () => {
  assert.equal(reconnectDelay(1, { random: latest, wasOffline: true }), 20000);
});
