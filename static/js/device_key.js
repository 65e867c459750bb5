// The device's key: made in this browser, kept in IndexedDB, usable for signing and never readable.

import { base64, helloText, hex, pairingText } from "./device_texts.js";

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const DATABASE = "attendance-device";
const STORE = "keys";
const NAME = "camera";

/** {privateKey, fingerprint, spki}: the private half cannot be exported, not even by this page. */
export async function makeKey({ crypto = globalThis.crypto } = {}) {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(ECDSA, false, ["sign"]);
  const spki = await crypto.subtle.exportKey("spki", publicKey);
  return { privateKey, fingerprint: hex(await crypto.subtle.digest("SHA-256", spki)), spki };
}

export async function signHello({ privateKey, fingerprint }, { nonce }, { origin, now = () => new Date() }) {
  const at = now().toISOString();
  const signature = await sign(privateKey, helloText({ nonce, fingerprint, at, origin }));
  return { t: "hello", key: fingerprint, at, signature };
}

/** The proof that whoever asks to be paired holds the key. */
export function signPairing({ privateKey, fingerprint }, { nonce, code, origin }) {
  return sign(privateKey, pairingText({ nonce, code, fingerprint, origin }));
}

async function sign(privateKey, text) {
  return base64(await crypto.subtle.sign(SIGNING, privateKey, new TextEncoder().encode(text)));
}

/** The key of this device, or undefined. */
export async function keptKey() {
  return inStore("readonly", (store) => store.get(NAME));
}

export async function keepKey({ privateKey, fingerprint }) {
  await inStore("readwrite", (store) => store.put({ privateKey, fingerprint }, NAME));
}

async function inStore(mode, act) {
  const database = await opened();
  try {
    return await answered(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function opened() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return answered(request);
}

function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
