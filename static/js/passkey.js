// Says in words why a passkey was not used or made; the rest is allauth's own script.

export function sentence(name, isSupported) {
  if (!isSupported || name === "SecurityError") {
    return "Passkeys work at an https address or at localhost only. Ask whoever runs this server.";
  }
  if (name === "InvalidStateError") return "This device holds a passkey of your account already.";
  return "No passkey was used. Try again, or choose another way.";
}

function show(event) {
  event.preventDefault();
  const note = document.getElementById("passkey-error");
  note.querySelector("span").textContent = sentence(event.detail.exception?.name, "PublicKeyCredential" in window);
  note.hidden = false;
}

if (typeof document !== "undefined") document.addEventListener("allauth.error", show);
