import assert from "node:assert/strict";
import { createHash, verify, webcrypto } from "node:crypto";
import { test } from "node:test";

import { makeKey, signHello, signPairing } from "../../static/js/device_key.js";
import { base64, helloText, hex, pairingText, shownCode, typedCode } from "../../static/js/device_texts.js";
import { timeLeft } from "../../static/js/countdown_rules.js";
import { readPairing } from "../../static/js/pairing_rules.js";

globalThis.crypto ??= webcrypto;
const ORIGIN = "https://site.example";

function isSigned(key, signature, text) {
  const spki = { key: Buffer.from(key.spki), format: "der", type: "spki", dsaEncoding: "ieee-p1363" };
  return verify("sha256", Buffer.from(text), spki, Buffer.from(signature, "base64"));
}

test("its private half can never be exported", async () => {
  const { privateKey } = await makeKey();
  assert.equal(privateKey.extractable, false);
  for (const form of ["pkcs8", "jwk"]) await assert.rejects(crypto.subtle.exportKey(form, privateKey));
});

test("its private half signs and does nothing else", async () => {
  assert.deepEqual((await makeKey()).privateKey.usages, ["sign"]);
});

test("its fingerprint is the SHA-256 of the public half", async () => {
  const { fingerprint, spki } = await makeKey();
  assert.equal(fingerprint, createHash("sha256").update(Buffer.from(spki)).digest("hex"));
});

test("no two devices have one key", async () => {
  const [one, other] = await Promise.all([makeKey(), makeKey()]);
  assert.notEqual(one.fingerprint, other.fingerprint);
});

test("a hello is signed over nonce, key, time and site", async () => {
  const key = await makeKey();
  const now = () => new Date("2026-07-01T12:00:00Z");
  const hello = await signHello(key, { nonce: "n" }, { origin: ORIGIN, now });
  assert.deepEqual([hello.t, hello.key, hello.at], ["hello", key.fingerprint, "2026-07-01T12:00:00.000Z"]);
  const text = helloText({ nonce: "n", fingerprint: key.fingerprint, at: hello.at, origin: ORIGIN });
  assert.ok(isSigned(key, hello.signature, text));
  assert.ok(!isSigned(key, hello.signature, text.replace("\nn\n", "\nm\n")));
});

test("the proof of pairing is signed over nonce, code, key and site", async () => {
  const key = await makeKey();
  const proof = await signPairing(key, { nonce: "n", code: "ABCD2345", origin: ORIGIN });
  assert.ok(isSigned(key, proof, pairingText({ nonce: "n", code: "ABCD2345", fingerprint: key.fingerprint, origin: ORIGIN })));
});

test("a proof of pairing is no hello", () => {
  const parts = { nonce: "n", fingerprint: "f", at: "x", code: "x", origin: "o" };
  assert.notEqual(helloText(parts).split("\n")[0], pairingText(parts).split("\n")[0]);
});

for (const [typed, shown] of [["abcd2345", "ABCD-2345"], ["ab", "AB"], ["abcd", "ABCD"], ["abcd-", "ABCD"], [" a b c d e", "ABCD-E"], ["ABCD-23456", "ABCD-2345"]]) {
  test(`the code “${typed}” is shown as ${shown}`, () => assert.equal(shownCode(typed), shown));
}

test("a code is read however it was typed", () => assert.equal(typedCode(" abcd-2345 "), "ABCD2345"));

test("bytes are written in hex and base64", () => {
  const bytes = Uint8Array.of(0, 15, 255).buffer;
  assert.deepEqual([hex(bytes), base64(bytes)], ["000fff", "AA//"]);
});

test("it goes where the server says", () => {
  assert.deepEqual(readPairing({ status: 200, body: { state: "paired", url: "/camera/" } }), { url: "/camera/" });
});

test("it shows the server's hint", () => {
  assert.equal(readPairing({ status: 422, body: { state: "refused", hint: "Ask for a new one." } }).hint, "Ask for a new one.");
});

for (const [status, body] of [[0, null], [403, null], [500, null], [200, { state: "recognised", url: "/x/" }], [200, { state: "paired", url: 7 }]]) {
  test(`it has words for ${status} ${JSON.stringify(body)}`, () => {
    const answer = readPairing({ status, body });
    assert.ok(!answer.url && answer.hint.length > 10);
  });
}

test("time is counted down in words", () => {
  assert.deepEqual([600, 65, 59, 1].map(timeLeft), ["10 min 0 s", "1 min 5 s", "59 s", "1 s"]);
});
