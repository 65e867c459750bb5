// The pairing page: makes a key, sends its public half with the code, keeps it once the server said yes.

import { keepKey, makeKey, signPairing } from "./device_key.js";
import { base64, shownCode, typedCode } from "./device_texts.js";
import { readPairing } from "./pairing_rules.js";

const ANSWER_WAIT_MS = 15000;
const page = document.getElementById("pairing");
const form = page.querySelector("form");
const field = form.elements.code;
const message = page.querySelector('[data-part="message"]');

function say(text) {
  message.textContent = text;
  message.hidden = !text;
}

async function post(fields) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  try {
    const signal = AbortSignal.timeout(ANSWER_WAIT_MS);
    const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, signal });
    return readPairing({ status: response.status, body: await response.json().catch(() => null) });
  } catch {
    return readPairing({ status: 0, body: null });
  }
}

async function pair() {
  const key = await makeKey();
  const code = typedCode(field.value);
  const { nonce } = page.dataset;
  const proof = await signPairing(key, { nonce, code, origin: location.origin });
  const answer = await post({ code, nonce, proof, public_key: base64(key.spki) });
  if (!answer.url) return say(answer.hint);
  await keepKey(key);
  await navigator.storage?.persist?.(); // or a full disk may cost the device its key
  location.replace(answer.url);
}

async function submit(event) {
  event.preventDefault();
  if (typedCode(field.value).length < 8) say("A code has eight letters and digits.");
  else {
    say("");
    form.inert = true;
    await pair();
    form.inert = false;
  }
  field.focus();
}

if (!globalThis.crypto?.subtle) {
  form.inert = true;
  say("Pairing needs https: open this page at its secure address.");
} else {
  form.addEventListener("submit", submit);
  field.addEventListener("input", () => { field.value = shownCode(field.value); });
  field.focus();
}
