import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { CameraSource } from "../../static/js/camera_source.js";

const given = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

class FakeTrack extends EventTarget {
  isOn = true;
  stop() { this.isOn = false; }
  getSettings() { return {}; }
}

let asked, tracks, permission, devices;

/** A browser whose camera is granted, or refused with an error, when the test says so. */
beforeEach(() => {
  [asked, tracks] = [[], []];
  permission = { state: "prompt" };
  devices = new EventTarget();
  devices.enumerateDevices = async () => [];
  devices.getUserMedia = () => new Promise((grant, refuse) => {
    asked.push({
      grant: () => {
        const track = new FakeTrack();
        tracks.push(track);
        grant({ getVideoTracks: () => [track], getTracks: () => [track] });
      },
      refuse: (name) => refuse(Object.assign(new Error(name), { name })),
    });
  });
  given("window", { isSecureContext: true });
  given("navigator", { mediaDevices: devices, permissions: { query: async () => permission } });
  given("document", new EventTarget());
});

const soon = () => new Promise((resolve) => { setTimeout(resolve, 1); });

function camera() {
  const source = new CameraSource({ play: async () => {}, srcObject: null });
  source.said = [];
  source.addEventListener("started", () => source.said.push("started"));
  source.addEventListener("failed", ({ detail }) => source.said.push(detail));
  return source;
}

const on = () => tracks.filter(({ isOn }) => isOn).length;

test("it opens and plays, and a stop turns it off", async () => {
  const source = camera();
  source.start();
  asked[0].grant();
  await soon();
  assert.deepEqual([source.said, on()], [["started"], 1]);
  source.stop();
  assert.equal(on(), 0);
});

test("allowed only after the page has ended, it stays off", async () => {
  const source = camera();
  source.start();
  source.stop();
  asked[0].grant();
  await soon();
  assert.deepEqual([source.said, on(), source.video.srcObject], [[], 0, null]);
});

test("a refusal that comes after a stop is not tried again", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const source = camera();
  source.start();
  source.stop();
  asked[0].refuse("NotFoundError");
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  t.mock.timers.tick(60000);
  assert.deepEqual([source.said, asked.length], [[], 1]);
});

test("nor does a permission or a device that comes later open it", async () => {
  const source = camera();
  source.watch();
  source.start();
  asked[0].refuse("NotFoundError");
  await soon();
  source.stop();
  permission.state = "granted";
  permission.onchange();
  devices.dispatchEvent(new Event("devicechange"));
  assert.equal(asked.length, 1);
});

test("started again after a stop, it opens", async () => {
  const source = camera();
  source.start();
  source.stop();
  source.start();
  asked[0].grant();
  asked[1].grant();
  await soon();
  assert.deepEqual([source.said, on()], [["started"], 1]);
});

test("a camera that was asked for twice is open once", async () => {
  const source = camera();
  source.start();
  source.start();
  asked[1].grant();
  asked[0].grant();
  await soon();
  assert.deepEqual([source.said, on()], [["started"], 1]);
});
