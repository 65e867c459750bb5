// A name for one try to punch, made in the page.

// A resend of the same attempt must not punch twice. randomUUID exists on https only; a kiosk's PIN works on http too.
export function newNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
