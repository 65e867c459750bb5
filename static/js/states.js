// Every state of the camera page in one table: tone, icon, words, and what the person can do. No DOM.
// Wording never accuses; each failing state offers the PIN.

export const PIN = { act: "pin", label: "Use PIN", icon: "dialpad" };
const RETRY = { act: "retry", label: "Try again", icon: "refresh", primary: true };
const RELOAD = { act: "reload", label: "Sign in", icon: "login", primary: true };

const base = (tone, icon, headline, sub, more = {}) => ({ tone, icon, headline, sub, actions: [], ...more });
const noPicture = (icon, headline, sub, more = {}) =>
  base("bad", icon, headline, sub, { cover: true, actions: [RETRY, PIN], ...more });

const STATES = {
  starting: base("idle", "camera", "Starting the camera…", "If the browser asks, allow the camera.", { actions: [PIN] }),
  idle: base("idle", "user-scan", "Step up to punch", "Stand in front of the camera, about an arm’s length away.", { actions: [PIN] }),
  searching: base("info", "focus-centered", "Hold still…", "Looking for your face.", { actions: [PIN] }),
  recognised: base("ok", "circle-check", "Hello, {name}", "Checked in", { result: true }),
  checkout: base("ok", "door-exit", "Goodbye, {name}", "Checked out", { result: true }),
  already: base("info", "info-circle", "You’re already in, {name}", "Nothing to do.", { result: true }),
  confirm: base("info", "user-question", "Are you {name}?", "Please confirm, so that nobody is booked by mistake.", {
    actions: [
      { act: "yes", label: "Yes, that’s me", icon: "check", primary: true },
      { act: "no", label: "Not me", icon: "x" },
    ],
  }),
  unknown: base("warn", "user-question", "We don’t recognise you yet", "Look straight at the camera, or use your PIN.", {
    result: true, actions: [{ ...PIN, primary: true }],
  }),
  busy: base("warn", "hourglass", "One moment…", "It is busy right now. You’re next, stay where you are.", { actions: [PIN] }),
  offline: base("warn", "wifi-off", "No connection", "Nothing can be booked right now. Connecting again by itself.", { actions: [PIN] }),
  closed: base("warn", "dialpad", "Punch with your PIN", "Face recognition is not available here at the moment.", {
    cover: true, actions: [{ ...PIN, primary: true }],
  }),
  signin: base("warn", "login", "Please sign in again", "This kiosk’s session has ended.", { cover: true, actions: [RELOAD] }),
  revoked: base("warn", "lock", "This kiosk is switched off", "Ask your administrator to switch this camera on.", { cover: true }),
  denied: noPicture("lock", "Camera is blocked", "Click the camera icon in the address bar, choose “Always allow”, then press Try again."),
  nocamera: noPicture("camera-off", "No camera found", "Plug in a camera, or choose another one. It starts by itself."),
  inuse: noPicture("camera-off", "The camera is in use", "Another app is using the camera. Close it and try again."),
  missing: noPicture("camera-off", "The chosen camera is not connected", "Connect it, or choose another one below."),
  insecure: noPicture("lock", "This page needs https", "Browsers give the camera to secure addresses only. Ask your administrator.", { actions: [PIN] }),
};

export const COVERING = Object.keys(STATES).filter((name) => STATES[name].cover);
export const STATE_NAMES = Object.keys(STATES);

const ALREADY = {
  already_in: { headline: "You’re already in, {name}", sub: "Checked in at {time}. Nothing to do." },
  already_out: { headline: "You’re already out, {name}", sub: "Checked out at {time}. Nothing to do." },
  attendance_exists: { headline: "You’re already in, {name}", sub: "Attendance for today exists since {time}. Nothing to do." },
};

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

function words(state, message, hour) {
  const own = STATES[state];
  if (state === "searching" && message.hint) {
    return { headline: message.hint.replace(/\.$/, ""), sub: "Then hold still for a moment." };
  }
  if (state === "already") return ALREADY[message.code] ?? own;
  if (state === "recognised") return { headline: `${greeting(hour)}, {name}`, sub: own.sub };
  return own;
}

/**
 * What the page shows: {state, tone, icon, headline, sub, time, actions, cover, result}.
 * message: the server's (or the page's) fields; its headline, sub, hint and message win over the table's words.
 */
export function describe(state, message = {}, hour = 12) {
  const known = STATES[state] ? state : "searching";
  const { headline, sub } = words(known, message, hour);
  const shown = { ...STATES[known], state: known, time: message.time ?? "" };
  shown.headline = message.headline ?? fill(headline, message);
  const hint = known === "searching" ? "" : message.hint;
  shown.sub = message.sub ?? message.message ?? (hint || fill(sub, message));
  if (!STATES[known].result || known === "unknown") shown.time = "";
  return shown;
}
