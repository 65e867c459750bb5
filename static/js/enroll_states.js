// The words of the enrollment page, one table: tone, icon, headline, sub, the one action. No DOM.

const RETRY = { act: "retry", label: "Try again", icon: "refresh" };
const BACK = { act: "back", label: "Back", icon: "arrow-left" };
const camera = (headline, sub, actions = [RETRY]) => ({ tone: "bad", icon: "camera-off", headline, sub, actions });

const STATES = {
  starting: { tone: "idle", icon: "camera", headline: "Starting the camera…", sub: "If the browser asks, allow the camera." },
  idle: { tone: "info", icon: "user-scan", headline: "Show your face in the circle", sub: "Stand or sit in front of the camera, about an arm’s length away." },
  collecting: { tone: "info", icon: "focus-centered", headline: "Look straight ahead", sub: "Keep a relaxed face. Small movements are fine." },
  busy: { tone: "warn", icon: "hourglass", headline: "One moment…", sub: "It is busy right now. Stay where you are." },
  offline: { tone: "warn", icon: "wifi-off", headline: "No connection", sub: "Connecting again by itself. What was taken so far counts." },
  complete: { tone: "ok", icon: "circle-check", headline: "All done, thank you", sub: "{name} can check in by face now." },
  closed: { tone: "warn", icon: "user-scan", headline: "Face recognition is off", sub: "It is not available at the moment. Nothing was stored.", actions: [BACK] },
  held: { tone: "warn", icon: "users-group", headline: "HR has a look first", sub: "This face is enrolled under another person number. HR looks at both records and decides. Until then, use a PIN.", actions: [BACK] },
  consent_withdrawn: { tone: "warn", icon: "shield-x", headline: "Consent was withdrawn", sub: "Nothing was stored.", actions: [BACK] },
  refused: { tone: "warn", icon: "info-circle", headline: "This did not work", sub: "Nothing was stored.", actions: [BACK] },
  signin: { tone: "warn", icon: "login", headline: "Please sign in again", sub: "Your session has ended. Nothing was stored.", actions: [{ act: "reload", label: "Sign in", icon: "login" }] },
  revoked: { tone: "warn", icon: "lock", headline: "This enrollment is closed", sub: "It was left alone for too long, consent ended, or you may not enroll here. Nothing of it was kept.", actions: [BACK] },
  denied: camera("Camera is blocked", "Click the camera icon in the address bar, choose “Always allow”, then press Try again."),
  nocamera: camera("No camera found", "Plug one in. It starts by itself."),
  inuse: camera("The camera is in use", "Another app is using it. Close that app and try again."),
  missing: camera("The chosen camera isn’t connected", "Connect it, or choose another one."),
  insecure: camera("This page needs https", "Browsers give the camera to secure addresses only. Ask your administrator.", []),
};

export const FINAL_STATES = ["complete", "held", "consent_withdrawn", "refused", "signin", "revoked", "closed"];
export const CAMERA_STATES = ["denied", "nocamera", "inuse", "missing", "insecure"];

/** The page state for a server message: a refusal is known by its code. */
export function enrollState({ state, code }) {
  if (state !== "refused") return state;
  return STATES[code] ? code : "refused";
}

// While the head is turned: what stands where the words of "collecting" would.
const STRAIGHT = { headline: "Look straight at the camera", sub: "Keep your head still for a moment." };
const turning = (next) => ({ headline: `Next: look ${next}`, sub: "Turn your head slowly, as if drawing a circle with your nose." });

function wordsOf(own, guided) {
  if (!guided) return own;
  return { ...own, ...(guided.next ? turning(guided.next) : STRAIGHT) };
}

/**
 * {state, tone, icon, headline, sub, actions}: a hint becomes the headline while frames are taken. guided: {next} while
 * the head is to be turned: the next direction in words, or nothing while the person looks straight.
 */
export function describeEnroll(state, { name = "", hint = "", message, guided } = {}) {
  const known = STATES[state] ? state : "collecting";
  const own = known === "collecting" ? wordsOf(STATES[known], guided) : STATES[known];
  const isLive = known === "collecting" || known === "idle";
  const headline = isLive && hint ? hint.replace(/\.$/, "") : own.headline;
  const sub = !isLive && (hint || message) ? hint || message : isLive && hint && guided?.next ? `${own.headline}.` : own.sub.replace("{name}", name);
  return { state: known, tone: own.tone, icon: own.icon, headline, sub, actions: own.actions ?? [] };
}

/** Marks of the checklist from one local judgement: {one, close, light, sharp} each true, false or null (not known). */
export function qualityMarks(code) {
  const order = ["one", "close", "light", "sharp"];
  const failing = {
    no_face: "one", two_faces: "one", too_small: "close", cut_off: "close", too_dark: "light", too_bright: "light", blurred: "sharp",
    turned_away: "close", covered: "close", // "whole face"
  }[code];
  if (!failing) return Object.fromEntries(order.map((mark) => [mark, true]));
  const at = order.indexOf(failing);
  return Object.fromEntries(order.map((mark, i) => [mark, i < at ? true : i === at ? false : null]));
}
