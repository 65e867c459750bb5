// Every state of the camera page in one table: tone, icon, words, and what the person can do. No DOM.
// Wording never accuses; each failing state offers the PIN.

import { turnOf } from "./turns.js";

export const PIN = { act: "pin", label: "Use PIN", icon: "dialpad" };
export const BADGE = { act: "badge", label: "Show badge", icon: "id-badge-2" };
const BACK = { act: "back", label: "Back", icon: "x" };
const RETRY = { act: "retry", label: "Try again", icon: "refresh", primary: true };
const PAIR = { act: "pair", label: "Pair this device", icon: "key", primary: true };
const RELOAD = { act: "reload", label: "Sign in", icon: "login", primary: true };

const base = (tone, icon, headline, sub, more = {}) => ({ tone, icon, headline, sub, actions: [PIN, BADGE], ...more });

// The picture is covered by {headline, sub, actions} of `cover`; the card beside it offers the way on.
const covered = (tone, icon, headline, sub, cover) => base(tone, icon, headline, sub, { cover: { icon, actions: [], ...cover } });
// A card reader needs no camera; a code to hold up does.
const noPicture = (icon, headline, coverHeadline, coverSub, actions = [RETRY]) => ({
  ...covered("bad", icon, headline, "Use your PIN, or hold your card to the reader if there is one.", { headline: coverHeadline, sub: coverSub, actions }),
  actions: [PIN],
});

const STATES = {
  starting: base("idle", "camera", "Starting the camera…", "If the browser asks, allow the camera."),
  idle: base("idle", "user-scan", "Check in or out", "Step up to the camera, use your PIN, or show your badge. Each counts alike."),
  searching: base("info", "focus-centered", "Hold still…", "Looking for your face."),
  recognised: base("ok", "circle-check", "Hello, {name}", "Checked in", { result: true, actions: [] }),
  checkout: base("ok", "door-exit", "Goodbye, {name}", "Checked out", { result: true, actions: [] }),
  already: base("info", "info-circle", "You’re already in, {name}", "Nothing to do.", { result: true, actions: [] }),
  confirm: base("info", "user-question", "Are you {name}?", "Please confirm, so that nobody else is checked in by mistake.", {
    actions: [
      { act: "yes", label: "Yes", icon: "check", primary: true },
      { act: "no", label: "Not me", icon: "x" },
    ],
  }),
  badge: base("info", "id-badge-2", "Show your badge", "Hold its code up to the camera, a hand’s width away, or hold the card to the reader.", {
    actions: [PIN, BACK],
  }),
  badge_refused: base("warn", "id-badge-2", "This badge did not work", "Try again, use your PIN, or ask your supervisor."),
  unknown: base("warn", "user-question", "We don’t recognise you yet", "Look straight at the camera, use your PIN, or show your badge.", {
    actions: [PIN, BADGE],
  }),
  challenge: base("info", "user-scan", "Show us it’s really you", "Follow the arrow."),
  ambiguous: base("info", "dialpad", "Your PIN, please", "It makes sure that the right person is checked in.", {
    actions: [{ ...PIN, primary: true }, BADGE],
  }),
  unsure: base("info", "dialpad", "Your PIN, please", "It makes sure that it is you.", { actions: [{ ...PIN, primary: true }, BADGE] }),
  several: base("info", "users", "Hold still…", "Everybody in the picture is looked at."),
  done: base("idle", "circle-check", "All done", "Step aside for the next person."),
  declined: base("info", "dialpad", "Use your PIN", "Or step away and come back.", { actions: [{ ...PIN, primary: true }, BADGE] }),
  busy: base("warn", "hourglass", "One moment…", "It is busy right now. You’re next, stay where you are."),
  offline: base("warn", "wifi-off", "No connection", "Nothing can be recorded right now. Connecting again by itself."),
  closed: covered("warn", "dialpad", "Check in with PIN or badge", "It takes a few seconds.", {
    headline: "Face recognition is off", sub: "It is not available here at the moment.",
  }),
  signin: covered("warn", "login", "Please sign in again", "Then this page goes on as before.", {
    headline: "This kiosk’s session has ended", sub: "Somebody with a login has to sign in.", actions: [RELOAD],
  }),
  revoked: covered("warn", "lock", "This kiosk is switched off", "Please use another one.", {
    headline: "This kiosk is switched off", sub: "Ask your administrator to switch this camera on.",
  }),
  removed: covered("warn", "lock", "This device was removed", "Please use another one.", {
    headline: "This device was removed", sub: "Another one took its place, or somebody removed it. With a new code it can come back.", actions: [PAIR],
  }),
  unpaired: covered("info", "device-tablet", "Not a camera yet", "Pair this device first.", {
    headline: "This device is not paired", sub: "Whoever runs your cameras gives you a code for it.", actions: [PAIR],
  }),
  clock: covered("warn", "clock-exclamation", "This device’s clock is off", "Please use another one meanwhile.", {
    headline: "This device’s clock is off", sub: "Set its date and time. Then it connects by itself.",
  }),
  denied: noPicture("lock", "Camera is blocked", "Allow the camera", "Click the camera icon in the address bar, choose “Always allow”, then press Try again."),
  nocamera: noPicture("camera-off", "Camera unavailable", "No camera found", "Plug in a camera, or choose another one. It starts by itself."),
  inuse: noPicture("camera-off", "Camera unavailable", "The camera is in use", "Another app is using the camera. Close it and try again."),
  missing: noPicture("camera-off", "Camera unavailable", "The chosen camera isn’t connected", "Connect it, or choose another one below."),
  insecure: noPicture("lock", "Camera unavailable", "This page needs https", "Browsers give the camera to secure addresses only. Ask your administrator.", []),
};
STATES.closed.actions = [{ ...PIN, primary: true }, { ...BADGE, primary: true }];
for (const name of ["signin", "revoked", "removed", "unpaired", "clock"]) STATES[name].actions = [];

export const COVERING = Object.keys(STATES).filter((name) => STATES[name].cover);
export const STATE_NAMES = Object.keys(STATES);

const ALREADY = {
  already_in: { headline: "You’re already in, {name}", sub: "Checked in at {time}. Nothing to do." },
  already_out: { headline: "You’re already out, {name}", sub: "Checked out at {time}. Nothing to do." },
  attendance_exists: { headline: "You’re already in, {name}", sub: "Attendance for today exists since {time}. Nothing to do." },
};

const ADVISED = ["unknown", "unsure"]; // the server says what to do

const SETTLED = ["recognised", "checkout", "already"];

/** What the page says of the pause after a result: nothing is left to do, or only the PIN helps. */
export function restAfter(state) {
  return SETTLED.includes(state) ? "done" : "declined";
}

/** "Good morning" by the hour at the site. */
export function greeting(hour) {
  if (hour < 5) return "Hello";
  if (hour < 12) return "Good morning";
  return hour < 18 ? "Good afternoon" : "Good evening";
}

function fill(text, { name = "", time = "" }) {
  return text.replace("{name}", name).replace("{time}", time).replace(/, ?$/, "");
}

/** The page state for a server message: a punch out has its own state. */
export function stateOf({ state, direction }) {
  return state === "recognised" && direction === "out" ? "checkout" : state;
}

// Of several people: a greeting once somebody is checked in; the rows below it say who.
function groupWords({ rows = [] }, hour) {
  const booked = rows.filter(({ state }) => state === "recognised");
  if (!booked.length) return STATES.several;
  return { headline: booked.length === 1 ? `${greeting(hour)}, ${booked[0].name}` : greeting(hour), sub: "" };
}

function turnWords(message) {
  const { words: headline, more } = turnOf(message);
  const then = more === 1 ? "One more after this." : more ? `${more} more after this.` : "Then you are done.";
  const isPlain = !message.hint || message.hint === `${headline}.`;
  return { headline, sub: isPlain ? `Show us it’s really you. ${then}` : message.hint };
}

function words(state, message, hour) {
  const own = STATES[state];
  if (state === "challenge" && message.step) return turnWords(message);
  if (state === "several") return groupWords(message, hour);
  if (state === "searching" && message.hint) {
    return { headline: message.hint.replace(/\.$/, ""), sub: "Then hold still for a moment." };
  }
  if (state === "already") return ALREADY[message.code] ?? own;
  if (state === "recognised") return { headline: `${greeting(hour)}, {name}`, sub: own.sub };
  return own;
}

/**
 * What the card shows: {state, tone, icon, headline, sub, time, rows, actions}.
 * message: the server's (or the page's) fields; its headline, sub and hint win over the table's words.
 */
export function describe(state, message = {}, hour = 12) {
  const known = STATES[state] ? state : "searching";
  const { headline, sub } = words(known, message, hour);
  const { tone, icon, actions, result } = STATES[known];
  return {
    state: known, tone, icon, actions,
    headline: message.headline ?? fill(headline, message),
    sub: message.sub ?? (ADVISED.includes(known) && message.hint ? message.hint : fill(sub, message)),
    time: result ? message.time ?? "" : "",
    rows: known === "several" ? message.rows ?? [] : [],
  };
}

/** What lies over the picture: {icon, headline, sub, actions}, or null. The server's message explains a closed door. */
export function describeCover(state, { message } = {}) {
  const cover = STATES[state]?.cover;
  return cover ? { ...cover, sub: message || cover.sub } : null;
}
