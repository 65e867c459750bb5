// What the page of a test says: bounds of small counts, and the words of each state. No DOM.

const CONFIDENCE = 0.95;
const HALVINGS = 50;

/** ln(n!) summed up: counts are small here. */
function logFactorial(n) {
  let sum = 0;
  for (let i = 2; i <= n; i += 1) sum += Math.log(i);
  return sum;
}

/** The chance of at most `hits` of `of` at this share. */
function chance(hits, of, share) {
  let sum = 0;
  for (let k = 0; k <= hits; k += 1) {
    const ways = logFactorial(of) - logFactorial(k) - logFactorial(of - k);
    sum += Math.exp(ways + k * Math.log(share) + (of - k) * Math.log1p(-share));
  }
  return sum;
}

/** How large the true share may be (Clopper and Pearson, one-sided, 95 %): as figures.py says it on the result. */
export function atMost(hits, of) {
  if (hits >= of) return 1;
  let [low, high] = [0, 1];
  for (let i = 0; i < HALVINGS; i += 1) {
    const middle = (low + high) / 2;
    if (chance(hits, of, middle) > 1 - CONFIDENCE) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const percent = (share) => (share < 0.1 ? (100 * share).toFixed(1) : String(Math.round(100 * share)));

/** "0 of 12 accepted: the true rate can be up to 22 %." Of live faces those count that were not accepted. */
export function boundWords(species, { tries = 0, accepted = 0, unanswered = 0 } = {}) {
  if (!tries) return "Not tried yet.";
  if (tries === unanswered) return "No answer so far: nothing is known.";
  const isLive = species === "live";
  const wrong = isLive ? tries - accepted : accepted;
  const words = isLive ? `${wrong} of ${tries} not accepted` : `${wrong} of ${tries} accepted`;
  return `${words}: the true rate can be up to ${percent(atMost(wrong, tries))} %.`;
}

// tone: good where the camera did as it should with what was held up.
const OUTCOMES = {
  accepted: ["Accepted", "The camera believed this picture.", "bad"],
  refused: ["Not accepted", "The camera did not believe this picture, or asks for more than the face.", "good"],
  unanswered: ["No answer", "Counted as a try that was not accepted.", "none"],
};
const LIVE_OUTCOMES = {
  accepted: ["Accepted", "The camera believed this face, as it should.", "good"],
  refused: ["Not accepted", "The camera doubted a face that was there.", "bad"],
  unanswered: OUTCOMES.unanswered,
};
const PROBLEMS = {
  offline: ["No connection", "Connecting again by itself. What was counted so far is kept."],
  signin: ["Please sign in again", "Your session has ended. What was counted so far is kept."],
  revoked: ["This test has ended", "Leave this page to read its result."],
  retry: ["Too much at once", "Leave this page and continue the test from its list."],
  denied: ["Camera is blocked", "Allow the camera in the address bar, then press Try again."],
  nocamera: ["No camera found", "Plug one in. It starts by itself."],
  inuse: ["The camera is in use", "Close the other app, or the kiosk page, and press Try again."],
  missing: ["The chosen camera isn’t connected", "Connect it, or choose another one."],
  insecure: ["This page needs https", "Browsers give the camera to secure addresses only. Ask your administrator."],
  closed: ["Faces cannot be looked at", "The engine does not run. Tell whoever runs this site."],
};

/** {headline, sub, tone} for what the page knows: {problem, outcome, species, isTrying, seen, hint, ready}. */
export function wordsOf({ problem, outcome, species, isTrying, seen = 0, hint = "", ready }) {
  if (problem) return said(PROBLEMS[problem] ?? PROBLEMS.offline);
  if (!ready) return said(["Starting the camera…", "If the browser asks, allow the camera."]);
  if (isTrying) return said([hint || "Hold it still in front of the camera", seen ? `${seen} pictures taken` : "Looking…"]);
  if (outcome) return said((species === "live" ? LIVE_OUTCOMES : OUTCOMES)[outcome] ?? OUTCOMES.unanswered);
  return said(["Hold it up, then press “Next try”", "Fill about a third of the picture with the face."]);
}

function said([headline, sub, tone = ""]) {
  return { headline, sub, tone };
}
