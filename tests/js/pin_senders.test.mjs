import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { pinPoster, pinTeller } from "../../static/js/pin_senders.js";

const FIELDS = { number: "E1", pin: "123456", nonce: "n-1" };
const PUNCH = { state: "recognised", name: "Priya", direction: "in" };

class FakeSocket extends EventTarget {
  constructor(more = {}) {
    super();
    Object.assign(this, { isOpen: true, isWelcome: true, told: [] }, more);
  }

  tell(message) { this.told.push(message); }

  say(detail) { this.dispatchEvent(new CustomEvent("message", { detail })); }
}

test("it tells the PIN through the socket and takes the answer to its own try", async () => {
  const socket = new FakeSocket();
  const answer = pinTeller(() => socket)(FIELDS);
  assert.deepEqual(socket.told, [{ t: "pin", ...FIELDS }]);
  socket.say({ t: "pin", nonce: "another", ...PUNCH, name: "Tom" });
  socket.say({ t: "pin", nonce: "n-1", ...PUNCH });
  assert.equal((await answer).name, "Priya");
});

test("it takes a refusal with its hint", async () => {
  const socket = new FakeSocket();
  const answer = pinTeller(() => socket)(FIELDS);
  socket.say({ t: "pin", nonce: "n-1", state: "refused", code: "pin_wrong", hint: "Not right." });
  assert.deepEqual(await answer, { state: "refused", code: "pin_wrong", hint: "Not right." });
});

for (const more of [{ isOpen: false }, { isWelcome: false }]) {
  test(`it says at once that there is no connection: ${JSON.stringify(more)}`, async () => {
    const socket = new FakeSocket(more);
    assert.equal((await pinTeller(() => socket)(FIELDS)).code, "no_connection");
    assert.deepEqual(socket.told, []);
  });
}

test("it says so when the socket closes meanwhile", async () => {
  const socket = new FakeSocket();
  const answer = pinTeller(() => socket)(FIELDS);
  socket.dispatchEvent(new Event("closed"));
  assert.match((await answer).hint, /No connection/);
});

test("it does not wait for ever", async () => {
  const answer = await pinTeller(() => new FakeSocket(), { waitMs: 5 })(FIELDS);
  assert.match(answer.hint, /does not answer/);
});

test("it posts the PIN with the page's token", async (t) => {
  const fetched = t.mock.method(globalThis, "fetch", async () => ({ status: 200, redirected: false, json: async () => PUNCH }));
  assert.equal((await pinPoster("/pin/", "token")(FIELDS)).name, "Priya");
  const [url, { headers, body }] = fetched.mock.calls[0].arguments;
  assert.deepEqual([url, headers["X-CSRFToken"], body.get("pin"), body.get("csrfmiddlewaretoken")], ["/pin/", "token", "123456", "token"]);
});

test("a post that gets nowhere says so", async (t) => {
  t.mock.method(globalThis, "fetch", async () => { throw new TypeError("offline"); });
  assert.match((await pinPoster("/pin/", "token")(FIELDS)).hint, /No connection/);
  mock.restoreAll();
});
