// Whose photo a file is, what is left out, how long it will take, and the report. Pure: no DOM, no socket.
//
// The server's command reads names alike: apps/enrollment/photo_files.py.

const PHOTOS = [".jpg", ".jpeg", ".png"];
const NESTED = [".zip", ".7z", ".rar", ".gz", ".tar", ".jar"];
const NUMBERED = /(?:[_-]\d{1,3}| ?\(\d{1,3}\))$/;
const MOST_COMMAND_CHARACTERS = 1600;
const LATEST = 20; // photos that the remaining time is reckoned from

const endingOf = (name) => (name.includes(".") ? name.slice(name.lastIndexOf(".")).toLowerCase() : "");
const partsOf = (name) => name.split("/").filter(Boolean);

/** Why a file is left out: hidden, nested or not_a_photo; "" for a photo. */
export function kindOf(name) {
  const parts = partsOf(name);
  if (parts.some((part) => part.startsWith(".") || part === "__MACOSX")) return "hidden";
  const ending = endingOf(parts.at(-1) ?? "");
  if (PHOTOS.includes(ending)) return "";
  return NESTED.includes(ending) ? "nested" : "not_a_photo";
}

/** What a path may say: the folder, and the numbers that the file's own name may mean, as it stands first. */
export function numbersIn(name) {
  const parts = partsOf(name);
  const file = parts.at(-1) ?? "";
  const stem = (endingOf(file) ? file.slice(0, file.lastIndexOf(".")) : file).trim();
  const plain = stem.replace(NUMBERED, "").trim();
  return { folder: (parts.at(-2) ?? "").trim(), readings: plain && plain !== stem ? [stem, plain] : [stem] };
}

/** Every number that these paths may mean, each once. */
export function numbersToAsk(names) {
  const numbers = new Set();
  for (const name of names) {
    const { folder, readings } = numbersIn(name);
    [folder, ...readings].forEach((one) => { if (one && one.length <= 64) numbers.add(one); });
  }
  return [...numbers];
}

/** In questions that the server reads: so many numbers at most, and no longer than a command may be. */
export function inQuestions(numbers, most = 100) {
  const questions = [[]];
  let length = 0;
  for (const number of numbers) {
    const more = JSON.stringify(number).length + 1;
    if (questions.at(-1).length >= most || length + more > MOST_COMMAND_CHARACTERS) {
      questions.push([]);
      length = 0;
    }
    questions.at(-1).push(number);
    length += more;
  }
  return questions.filter((one) => one.length);
}

/** {number} of a path among the known ones, or {code}: a folder and a file that name two people are not guessed at. */
export function whoseIs(name, known) {
  const { folder, readings } = numbersIn(name);
  const own = readings.find((one) => known.has(one)) ?? "";
  const around = folder && known.has(folder) ? folder : "";
  if (own && around && own !== around) return { code: "two_numbers" };
  return own || around ? { number: own || around } : { code: "unmatched" };
}

/**
 * Sort files [{name, mark?}] by person. known: number -> {number, name, code, hint, agreed} as the server told it.
 * Gives [{...file, number, person, code, hint}]: code "" is sent. One picture (the same mark) counts once, and for
 * nobody where it lies under two people.
 */
export function sorted(files, known, mostPhotos = 20) {
  const rows = files.map((file) => rowOf(file, known));
  const owners = new Map();
  for (const { mark, number } of rows) {
    if (mark && number) owners.set(mark, (owners.get(mark) ?? new Set()).add(number));
  }
  const [seen, counts] = [new Set(), new Map()];
  for (const row of rows.filter(({ code }) => !code)) {
    row.code = codeOf(row, owners, seen, counts, mostPhotos);
    if (row.code) continue;
    seen.add(`${row.number}|${row.mark}`);
    counts.set(row.number, (counts.get(row.number) ?? 0) + 1);
  }
  return rows;
}

function rowOf(file, known) {
  const left = kindOf(file.name) || file.code;
  if (left) return { ...file, number: "", person: "", code: left, hint: "" };
  const { number = "", code } = whoseIs(file.name, known);
  if (code) return { ...file, number, person: "", code, hint: "" };
  const one = known.get(number);
  return { ...file, number, person: one.name, code: one.code, hint: one.hint };
}

function codeOf({ mark, number }, owners, seen, counts, mostPhotos) {
  if (mark && owners.get(mark).size > 1) return "two_people";
  if (mark && seen.has(`${number}|${mark}`)) return "doubled";
  return (counts.get(number) ?? 0) >= mostPhotos ? "too_many_photos" : "";
}

/** The people to send, in order: [{number, person, rows}]. */
export function peopleOf(rows) {
  const people = new Map();
  for (const row of rows) {
    if (row.code) continue;
    if (!people.has(row.number)) people.set(row.number, { number: row.number, person: row.person, rows: [] });
    people.get(row.number).rows.push(row);
  }
  return [...people.values()];
}

const OUT = ["hidden", "not_a_photo"];

/** How many are what: {ready, people, stopped, left}: stopped waits for somebody to do something, left is no photo. */
export function summary(rows) {
  const ready = rows.filter(({ code }) => !code);
  const left = rows.filter(({ code }) => OUT.includes(code)).length;
  const people = new Set(ready.map(({ number }) => number)).size;
  return { ready: ready.length, people, stopped: rows.length - ready.length - left, left };
}

/** Seconds that the photos left will take, from the last ones' durations in ms; null before there are any. */
export function secondsLeft(durations, left) {
  const latest = durations.slice(-LATEST);
  if (!latest.length) return null;
  return Math.round((latest.reduce((sum, one) => sum + one, 0) / latest.length) * left / 1000);
}

/** "about 2 min left", rounded so that it does not flicker. */
export function leftWords(seconds) {
  if (seconds === null) return "";
  if (seconds < 10) return "a few seconds left";
  if (seconds < 60) return `about ${Math.ceil(seconds / 10) * 10} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `about ${minutes} min left` : `about ${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

// --- The report -------------------------------------------------------------------------------------

export const HEADERS = ["File", "Person number", "Name", "Result", "What to do", "Code"];

// What a spreadsheet runs: an apostrophe makes it a text (OWASP, CSV injection). Control letters are in no workbook.
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** A cell that no spreadsheet runs. */
export function harmless(cell) {
  const text = String(cell ?? "").replace(CONTROL, "");
  return FORMULA.test(text) ? `'${text}` : text;
}

/** CSV text (RFC 4180) with the mark by which spreadsheets know UTF-8. */
export function csvOf(rows) {
  const quoted = (cell) => `"${harmless(cell).replaceAll('"', '""')}"`;
  return `\ufeff${rows.map((row) => row.map(quoted).join(",")).join("\r\n")}\r\n`;
}

const XML = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (cell) => harmless(cell).replace(/[&<>"]/g, (letter) => XML[letter]);
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/** The parts of a workbook (ECMA-376) with one sheet of texts: path -> XML. */
export function workbookOf(rows) {
  const cell = (text) => `<c t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
  const lines = rows.map((row) => `<row>${row.map(cell).join("")}</row>`).join("");
  const relation = (id, kind, target) => `<Relationship Id="${id}" Type="${OFFICE}/${kind}" Target="${target}"/>`;
  const relations = (inner) => `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${inner}</Relationships>`;
  const override = (part, kind) => `<Override PartName="${part}" ContentType="${KIND}.${kind}+xml"/>`;
  return {
    "[Content_Types].xml": `${HEAD}<Types xmlns="${PACKAGE}/content-types">`
      + '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
      + `${override("/xl/workbook.xml", "sheet.main")}${override("/xl/worksheets/sheet1.xml", "worksheet")}</Types>`,
    "_rels/.rels": relations(relation("r1", "officeDocument", "xl/workbook.xml")),
    "xl/_rels/workbook.xml.rels": relations(relation("r1", "worksheet", "worksheets/sheet1.xml")),
    "xl/workbook.xml": `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}">`
      + '<sheets><sheet name="Photos" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/worksheets/sheet1.xml": `${HEAD}<worksheet xmlns="${MAIN}"><sheetData>${lines}</sheetData></worksheet>`,
  };
}
