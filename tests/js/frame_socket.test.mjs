import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { FrameSocket, socketUrl } from "../../static/js/frame_socket.js";

class FakeSocket {
  static made = [];

  constructor(url, protocols) {
    Object.assign(this, { url, protocols, readyState: 0, bufferedAmount: 0, sent: [] });
    FakeSocket.made.push(this);
  }

  send(message) { this.sent.push(message); }

  close() { this.readyState = 3; }

  open() { this.readyState = 1; this.onopen(); }

  say(message) { this.onmessage({ data: JSON.stringify(message) }); }

  drop(code) { this.readyState = 3; this.onclose({ code }); }
}

const HEADER = { ts: 1, track: 1, box: [0, 0, 1, 1], w: 1, h: 1 };
const JPEG = new ArrayBuffer(8);
let clock;
let socket;
let wire;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  clock = 0;
  FakeSocket.made = [];
  socket = new FrameSocket("ws://kiosk", { Socket: FakeSocket, now: () => clock, random: () => 0.5 });
  socket.connect();
  [wire] = FakeSocket.made;
});

function pass(ms) {
  clock += ms;
  mock.timers.tick(ms);
}

test("it speaks frame.v1", () => assert.deepEqual(wire.protocols, ["frame.v1"]));

test("it uses wss on a secure page", () => {
  assert.equal(socketUrl("/ws/x/", { protocol: "https:", host: "site" }), "wss://site/ws/x/");
});

test("it is not ready before the socket is open", () => assert.equal(socket.isReady(), false));

test("it is ready once the socket is open", () => {
  wire.open();
  assert.equal(socket.isReady(), true);
});

test("it holds one frame in flight", () => {
  wire.open();
  socket.sendFrame(HEADER, JPEG);
  assert.equal(socket.isReady(), false);
});

test("it is ready again after the answer", () => {
  wire.open();
  const seq = socket.sendFrame(HEADER, JPEG);
  wire.say({ t: "result", seq, state: "searching" });
  assert.equal(socket.isReady(), true);
});

test("an answer to another frame changes nothing", () => {
  wire.open();
  socket.sendFrame(HEADER, JPEG);
  wire.say({ t: "result", seq: 99, state: "searching" });
  assert.equal(socket.isReady(), false);
});

test("a refusal without a number frees the frame too", () => {
  wire.open();
  socket.sendFrame(HEADER, JPEG);
  wire.say({ t: "refused", seq: null, code: "malformed_header" });
  assert.equal(socket.isReady(), true);
});

test("it waits as long as the server asks", () => {
  wire.open();
  const seq = socket.sendFrame(HEADER, JPEG);
  wire.say({ t: "result", seq, state: "busy", retry_ms: 700 });
  clock = 699;
  assert.equal(socket.isReady(), false);
});

test("it gives a frame up after five seconds", () => {
  wire.open();
  socket.sendFrame(HEADER, JPEG);
  pass(5000);
  assert.deepEqual([socket.isReady(), socket.counts.lost], [true, 1]);
});

test("it waits while the network is behind", () => {
  wire.open();
  wire.bufferedAmount = 64 * 1024;
  assert.equal(socket.isReady(), false);
});

test("it numbers frames upwards over a reconnect", () => {
  wire.open();
  const first = socket.sendFrame(HEADER, JPEG);
  wire.drop(1012);
  pass(5000);
  FakeSocket.made[1].open();
  assert.ok(socket.sendFrame(HEADER, JPEG) > first);
});

test("it measures the round trip", () => {
  wire.open();
  const seq = socket.sendFrame(HEADER, JPEG);
  clock = 61;
  wire.say({ t: "result", seq, state: "searching" });
  assert.equal(socket.counts.rtt, 61);
});

test("it does not send a frame over the limit", () => {
  wire.open();
  assert.equal(socket.sendFrame(HEADER, new ArrayBuffer(300000)), null);
});

test("it pings every twenty seconds", () => {
  wire.open();
  pass(20000);
  assert.deepEqual(wire.sent, ['{"t":"ping"}']);
});

test("it leaves a server that missed two pings", () => {
  wire.open();
  pass(60000);
  assert.equal(wire.readyState, 3);
});

test("a pong keeps the connection", () => {
  wire.open();
  for (let round = 0; round < 5; round += 1) {
    pass(20000);
    wire.say({ t: "pong" });
  }
  assert.equal(wire.readyState, 1);
});

test("it connects again after a server loss, spread", () => {
  wire.open();
  wire.drop(1012);
  pass(4999);
  const before = FakeSocket.made.length;
  pass(1);
  assert.deepEqual([before, FakeSocket.made.length], [1, 2]);
});

test("it starts with the short spread again after a stable connection", () => {
  wire.open();
  wire.drop(1012);
  pass(5000);
  FakeSocket.made[1].open();
  pass(10000);
  assert.equal(socket.attempt, 0);
});

test("it does not connect again where it may not", () => {
  wire.open();
  wire.drop(4403);
  pass(120000);
  assert.equal(FakeSocket.made.length, 1);
});

test("it names the state of a closed door", () => {
  const seen = [];
  socket.addEventListener("closed", ({ detail }) => seen.push(detail.state));
  wire.open();
  wire.drop(4401);
  assert.deepEqual(seen, ["signin"]);
});

test("it comes back within a second when the network returns", () => {
  wire.open();
  wire.drop(1006);
  socket.networkBack();
  pass(1000);
  assert.equal(FakeSocket.made.length, 2);
});

test("a stopped socket stays closed", () => {
  wire.open();
  socket.stop();
  wire.drop(1000);
  pass(120000);
  assert.equal(FakeSocket.made.length, 1);
});

test("it is closed the moment the browser goes offline", () => {
  let closed = 0;
  socket.addEventListener("closed", () => { closed += 1; });
  wire.open();
  socket.networkLost();
  assert.deepEqual([closed, wire.readyState], [1, 3]);
});

test("it frees the frame that went out before the network was lost", () => {
  wire.open();
  socket.sendFrame(HEADER, JPEG);
  socket.networkLost();
  assert.equal(socket.inFlight, null);
});

test("it tries again by itself: a server on the same machine needs no network", () => {
  wire.open();
  socket.networkLost();
  pass(1000);
  assert.equal(FakeSocket.made.length, 2);
});

// --- A paired device ---------------------------------------------------------------------------------

const settled = () => new Promise((resolve) => { setImmediate(resolve); });

function paired() {
  FakeSocket.made = [];
  const greet = async ({ nonce }) => ({ t: "hello", signature: `of ${nonce}` });
  const made = new FrameSocket("ws://kiosk", { Socket: FakeSocket, now: () => clock, random: () => 0.5, greet });
  made.connect();
  return [made, FakeSocket.made[0]];
}

test("it answers the challenge with the signed hello", async () => {
  const [, line] = paired();
  line.open();
  line.say({ t: "challenge", nonce: "n" });
  await settled();
  assert.deepEqual(line.sent.map(JSON.parse), [{ t: "hello", signature: "of n" }]);
});

test("it is open and ready only once it was welcomed", async () => {
  const [device, line] = paired();
  let opened = 0;
  device.addEventListener("open", () => { opened += 1; });
  line.open();
  assert.deepEqual([device.isReady(), opened], [false, 0]);
  line.say({ t: "hello" });
  assert.deepEqual([device.isReady(), opened], [true, 1]);
});

test("it sends no ping before it was welcomed", () => {
  const [, line] = paired();
  line.open();
  pass(20000);
  assert.deepEqual(line.sent, []);
});

test("a new connection must be welcomed again", () => {
  const [device, line] = paired();
  line.open();
  line.say({ t: "hello" });
  line.drop(1012);
  pass(60000);
  const [, second] = FakeSocket.made;
  second.open();
  assert.equal(device.isReady(), false);
});

test("a hello is not sent on the next connection", async () => {
  const [, line] = paired();
  line.open();
  line.say({ t: "challenge", nonce: "old" });
  line.drop(1012);
  pass(60000);
  FakeSocket.made[1].open();
  await settled();
  assert.deepEqual(FakeSocket.made[1].sent, []);
});

test("connected again after a stop, it comes back by itself as before", () => {
  wire.open();
  socket.stop();
  wire.drop(1005);
  pass(60000);
  assert.equal(FakeSocket.made.length, 1);
  socket.connect();
  FakeSocket.made[1].open();
  FakeSocket.made[1].drop(1006);
  pass(10000);
  assert.equal(FakeSocket.made.length, 3);
});
