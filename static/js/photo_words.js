// The words of the photo import: one table of codes, and the sentences of its report. No DOM.

const ok = (label) => ({ tone: "ok", icon: "circle-check", label, todo: "" });
const stop = (label, todo = "") => ({ tone: "warn", icon: "exclamation-circle", label, todo });
const out = (label, todo = "") => ({ tone: "", icon: "minus", label, todo });

// What to do stands here where the browser found it out itself; else the server's own hint is shown.
const CODES = {
  unmatched: stop("No such person", "Name it by a person number, such as 1001.jpg, or add the person first."),
  two_numbers: stop("Two numbers", "Folder and file name two different people. Rename one."),
  two_people: stop("Under two people", "The same picture lies under two person numbers. Remove the wrong one."),
  doubled: out("The same again", "One of the two is used."),
  unknown_person: stop("No such person"),
  left: stop("Has left"),
  minor: stop("Minor"),
  no_consent: stop("Has not agreed"),
  consent_due: stop("To be asked anew"),
  withdrew: stop("Ended their consent"),
  other_way: out("Chose another way"),
  enrolled_already: out("Enrolled already"),
  waiting: stop("Waits for a decision"),
  held: stop("Known face"),
  hidden: out("Hidden file", "Left out."),
  not_a_photo: out("Not a photo", "Left out. JPEG and PNG are read."),
  nested: stop("A ZIP inside", "Unpack it first, then choose it."),
  symlink: out("A link", "Left out."),
  too_large: stop("Too large", "Save it smaller: at most 50 megapixels and 32 MB."),
  too_many_photos: out("Enough photos", "So many of this person are not needed."),
  unreadable: stop("Cannot be read", "Save it as a JPEG again."),
  no_face: stop("No face"),
  two_faces: stop("Several faces"),
  too_small: stop("Face too small"),
  cut_off: stop("Face cut off"),
  too_dark: stop("Too dark"),
  too_bright: stop("Too bright"),
  blurred: stop("Blurred"),
  turned_away: stop("Head turned away"),
  covered: stop("Face covered"),
  different_person: stop("Somebody else"),
  same_picture: out("The same again"),
  no_usable_photo: stop("Not enrolled"),
  consent_withdrawn: stop("Consent withdrawn", "Nothing was kept."),
  no_answer: stop("No answer", "Nothing was kept. Choose this photo again later."),
  stopped: out("Not looked at", "It was stopped before."),
};

/** {tone, icon, label, todo} of a row: before the run ("ready"), after a dry run ("tried") or a real one ("enrolled"). */
export function wordsOf({ code, hint = "" }, when) {
  if (!code) return { ready: ok("Ready"), tried: ok("Would be used"), enrolled: ok("Enrolled") }[when];
  const own = CODES[code] ?? stop("Not used");
  return { ...own, todo: hint || own.todo };
}

const ZIP = {
  not_a_zip: "This is not a ZIP that can be read. Pack the photos again.",
  too_many_entries: "This ZIP holds more than 20,000 files. Split it.",
  too_much: "This ZIP is too large. Split it into smaller ones.",
  leads_outside: "This ZIP was refused: the name of a file leads out of it.",
  symlink: "This ZIP was refused: it holds a link instead of a photo.",
  encrypted: "This ZIP has a password. Pack the photos without one.",
  unknown_packing: "This ZIP is packed in a way that browsers cannot read. Pack it again as a plain ZIP.",
  bomb: "This ZIP was refused: a file in it would unpack to far too much.",
  no_photos: "There is no photo in it. JPEG and PNG are read.",
};

/** Why a ZIP or a folder is not taken, and which file it is about. */
export function refusalWords(code, file = "") {
  return `${ZIP[code] ?? "This cannot be read. Choose another one."}${file ? ` (${file})` : ""}`;
}

const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
export const peopleCount = (number) => count(number, "person", "people");
export const photoCount = (number) => count(number, "photo");

const ENDS = {
  stopped: ["warn", "Stopped. What was not looked at can be chosen again."],
  signin: ["bad", "Your session has ended. Sign in again and choose the photos once more: who is enrolled is left as they are."],
  revoked: ["bad", "The connection was closed: faces were switched off here, or your role no longer allows it."],
  closed: ["bad", "Face recognition is not available right now. Tell whoever runs this site."],
};

/** Why a run, or the way to one, ended. */
export const endWords = (end) => ENDS[end][1];

/** {tone, title, text} of a report. */
export function reportWords({ end, dryRun, people, photos, others }) {
  const title = dryRun ? `${peopleCount(people)} would be enrolled` : `${peopleCount(people)} enrolled`;
  if (end !== "done") return { title, tone: ENDS[end][0], text: ENDS[end][1] };
  const used = `${photoCount(photos)} ${dryRun ? "can be used" : photos === 1 ? "was used" : "were used"}.`;
  const rest = others ? ` ${count(others, "file")} ${others === 1 ? "is" : "are"} not used, with the reason below.` : "";
  return { title, tone: people ? "ok" : "warn", text: `${used}${rest}${dryRun ? " Nothing was written." : ""}` };
}
