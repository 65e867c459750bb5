// What a device signs. The server writes the same texts (apps/organizations/camera_proofs.py). Pure.

export function helloText({ nonce, fingerprint, at, origin }) {
  return ["attendance camera hello 1", nonce, fingerprint, at, origin].join("\n");
}

export function pairingText({ nonce, code, fingerprint, origin }) {
  return ["attendance camera pairing 1", nonce, code, fingerprint, origin].join("\n");
}

/** The code that was meant, however it was typed. */
export function typedCode(text) {
  return text.toUpperCase().replace(/[^0-9A-Z]/g, "");
}

/** The code as it is shown while it is typed: XXXX-XXXX. */
export function shownCode(text) {
  const code = typedCode(text).slice(0, 8);
  return code.length > 4 ? `${code.slice(0, 4)}-${code.slice(4)}` : code;
}

export function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function base64(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
