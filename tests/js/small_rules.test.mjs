import assert from "node:assert/strict";
import { test } from "node:test";

import { takeAddress } from "../../static/js/address.js";
import { freshness, REFRESH_MS, STALE_MS } from "../../static/js/board_rules.js";
import { cameraState, RETRIED_STATES } from "../../static/js/camera_errors.js";
import { segmentPath } from "../../static/js/progress_ring.js";
import { SiteClock } from "../../static/js/site_clock.js";

const CAMERA_ERRORS = {
  NotAllowedError: "denied", NotFoundError: "nocamera", NotReadableError: "inuse", OverconstrainedError: "missing",
  SomethingNewError: "nocamera",
};

for (const [name, state] of Object.entries(CAMERA_ERRORS)) {
  test(`it shows ${state} for ${name}`, () => assert.equal(cameraState({ name }), state));
}

test("it does not ask again by itself after a refusal", () => {
  assert.equal(RETRIED_STATES.includes("denied"), false);
});

test("figures are fresh within a minute", () => {
  assert.deepEqual(freshness(STALE_MS - 1), { text: "Updated just now", isOld: false });
});

test("figures say their age after a minute", () => {
  assert.deepEqual(freshness(150000), { text: "Updated 2 min ago", isOld: true });
});

test("the fall-back refresh comes before figures are stale", () => assert.ok(REFRESH_MS < STALE_MS));

test("the ring starts at the top", () => {
  const [x, y] = segmentPath(0, 5).match(/^M([\d.]+) ([\d.]+)/).slice(1).map(Number);
  assert.ok(x > 210 && x < 260 && y < 20);
});

test("one segment is drawn the long way round", () => {
  assert.match(segmentPath(0, 1), / 0 1 1 /);
});

test("the clock reads the site's time, not the kiosk's", () => {
  const { time, hour } = new SiteClock("Asia/Tokyo").read(new Date("2026-11-20T23:30:00Z"));
  assert.deepEqual([time, hour], ["08:30", 8]);
});

test("the clock reads midnight as 00", () => {
  assert.equal(new SiteClock("UTC").read(new Date("2026-11-20T00:05:00Z")).time, "00:05");
});

test("the clock names the site's day", () => {
  assert.equal(new SiteClock("Pacific/Auckland").read(new Date("2026-11-20T23:30:00Z")).day, "Saturday 21 November");
});

function addressesTaken(holder) {
  const taken = [];
  const page = { querySelector: (selector) => (selector === "[data-replace-url]" ? holder : null) };
  takeAddress(page, { replaceState: (state, title, url) => taken.push(url) });
  return taken;
}

test("a page that answered a post takes the address it names, so that a reload does not post again", () => {
  assert.deepEqual(addressesTaken({ dataset: { replaceUrl: "/o/demo/people/1/" } }), ["/o/demo/people/1/"]);
});

test("every other page keeps its address", () => assert.deepEqual(addressesTaken(null), []));

test("the clock moves to the site's zone once it is known", () => {
  const clock = new SiteClock(undefined);
  clock.move("Asia/Tokyo");
  assert.equal(clock.read(new Date("2026-07-01T12:00:00Z")).time, "21:00");
});
