import assert from "node:assert/strict";
import { test } from "node:test";

import { poseOf } from "../../static/js/pose_rules.js";

// Eyes 60 apart, nose and mouth below their middle, the jaw's edges left and right.
function face({ noseX = 0, noseY = 36, lean = 0 } = {}) {
  const points = Array.from({ length: 68 }, () => ({ x: 0, y: 0 }));
  const put = (from, to, x, y) => { for (let i = from; i <= to; i += 1) points[i] = { x, y }; };
  put(36, 41, -30, 0);
  put(42, 47, 30, 0);
  points[30] = { x: noseX, y: noseY };
  points[48] = { x: -20, y: 60 };
  points[54] = { x: 20, y: 60 };
  points[1] = { x: -70, y: 10 };
  points[15] = { x: 70, y: 10 };
  const [c, s] = [Math.cos(lean), Math.sin(lean)];
  return points.map(({ x, y }) => ({ x: 300 + x * c - y * s, y: 200 + x * s + y * c }));
}

test("a level face looks straight", () => {
  const { yaw, pitch, roll } = poseOf(face());
  assert.ok(Math.abs(yaw) < 1e-9 && Math.abs(pitch) < 1e-9 && Math.abs(roll) < 1e-9);
});

test("a nose towards the picture's left is a turn to the person's right", () => {
  assert.ok(poseOf(face({ noseX: -25 })).yaw > 15);
  assert.ok(poseOf(face({ noseX: 25 })).yaw < -15);
});

test("a nose nearer to the mouth looks down", () => {
  assert.ok(poseOf(face({ noseY: 44 })).pitch > 10);
  assert.ok(poseOf(face({ noseY: 28 })).pitch < -10);
});

test("a leaning head is told as such, and nothing else of it changes", () => {
  const [upright, leaning] = [face({ noseX: -20, noseY: 40 }), face({ noseX: -20, noseY: 40, lean: 0.3 })].map(poseOf);
  assert.ok(Math.abs(leaning.roll - 0.3 * (180 / Math.PI)) < 1e-6);
  assert.ok(Math.abs(leaning.yaw - upright.yaw) < 1e-6 && Math.abs(leaning.pitch - upright.pitch) < 1e-6);
});

test("points on one spot are no face", () => {
  assert.equal(poseOf(Array.from({ length: 68 }, () => ({ x: 5, y: 5 }))), null);
});
