import assert from "node:assert/strict";
import { test } from "node:test";

import { Guide, inWords, nextSegment, SEGMENTS, segmentOf, WORDS } from "../../static/js/guide_rules.js";
import { segmentPath } from "../../static/js/progress_ring.js";

const ALL = [...Array(SEGMENTS).keys()];
const STRAIGHT = { yaw: 2, pitch: -3, roll: 0 };
const START = { turns: true, straight: false, segments: [], wanted: ALL, next: null };
const turned = (segment, share = 1.2) => {
  const angle = (segment * 2 * Math.PI) / SEGMENTS;
  return { yaw: 2 + 18 * share * Math.sin(angle), pitch: -3 - 11 * share * Math.cos(angle), roll: 0 };
};
const filled = (...segments) => ({
  turns: true, straight: true, segments, wanted: ALL.filter((one) => !segments.includes(one)), next: segments.length ? null : 0,
});

/** A guide that knows how the person looks straight, and what the server has. */
function ready(state = filled()) {
  const guide = new Guide();
  guide.told(START);
  for (let look = 0; look < 6; look += 1) guide.see(STRAIGHT, look * 66);
  guide.told(state);
  return guide;
}

for (const segment of ALL) {
  test(`looking ${WORDS[segment]} is segment ${segment}`, () => {
    assert.deepEqual(ready().see(turned(segment), 1000), { send: true, segment });
  });
}

test("less than a full turn is no segment", () => assert.equal(segmentOf({ right: 0.6, up: 0.6 }), null));

test("straight looks are sent until the server has enough of them", () => {
  const guide = new Guide();
  guide.told(START);
  assert.deepEqual(guide.see(STRAIGHT, 0), { send: true, segment: null });
  assert.equal(guide.see(turned(2), 66).send, false);
});

test("nothing is sent of a straight look once the server has enough", () => assert.equal(ready().see(STRAIGHT, 1000).send, false));

test("a page that was loaded again learns the centre before it sends a turn", () => {
  const guide = new Guide();
  guide.told(filled(0, 1));
  assert.equal(guide.see(turned(2), 0).send, false);
  assert.equal(guide.needsStraight, true);
  for (let look = 0; look < 6; look += 1) guide.see(STRAIGHT, 100 + look * 66);
  assert.deepEqual(guide.see(turned(2), 1000), { send: true, segment: 2 });
});

test("a head that moves has no centre", () => {
  const guide = new Guide();
  guide.told(filled());
  for (let look = 0; look < 12; look += 1) guide.see({ yaw: look % 2 ? 11 : -11, pitch: 0, roll: 0 }, look * 66);
  assert.equal(guide.centre, null);
});

test("a filled segment is sent once more only when the head stays there", () => {
  const guide = ready(filled(2));
  assert.equal(guide.see(turned(2), 1000).send, false);
  assert.equal(guide.see(turned(2), 1800).send, true);
});

test("and never more than twice", () => {
  const guide = ready(filled(2));
  guide.see(turned(2), 1000);
  guide.noteSent(2);
  guide.noteSent(2);
  assert.equal(guide.see(turned(2), 1800).send, false);
});

test("without turning every look may be sent", () => {
  const guide = new Guide();
  guide.told({ turns: false, straight: false, segments: [], wanted: [], next: null });
  assert.deepEqual(guide.see(null, 0), { send: true, segment: null });
});

test("it points where the server says while the head looks straight", () => assert.equal(nextSegment([3, 5], null, 5), 5));

test("it points at the missing segment nearest to a turned head", () => {
  assert.equal(nextSegment([0, 3, 6], { right: 1, up: -0.2 }, 0), 3);
  assert.equal(nextSegment([1, 6], { right: -0.6, up: 1 }, 1), 6);
});

test("the direction stays while it is read", () => {
  const guide = ready(filled(2));
  guide.see(turned(3, 0.9), 1000);
  const first = guide.next;
  guide.see(turned(0, 0.9), 1200);
  assert.equal(guide.next, first);
  guide.see(turned(0, 0.9), 3000);
  assert.equal(guide.next, 0);
});

test("a direction that was just filled is pointed at no more", () => {
  const guide = ready(filled());
  guide.told(filled(0));
  assert.notEqual(guide.next, 0);
});

test("an answer about one frame alone changes nothing", () => {
  const guide = ready(filled(0, 1));
  guide.told({ state: "busy" });
  assert.deepEqual(guide.state.segments, [0, 1]);
});

test("missing segments are named one by one", () => assert.equal(inWords([0, 1, 5]), "up, up-right, down-left"));

test("the first turn has its middle at the top", () => {
  const [x, y] = segmentPath(0, 8, { middleAtTop: true }).match(/^M([\d.]+) ([\d.]+)/).slice(1).map(Number);
  assert.ok(x < 210 && x > 130 && y < 40);
});
