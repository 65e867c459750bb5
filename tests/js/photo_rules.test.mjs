import assert from "node:assert/strict";
import { test } from "node:test";

import {
  csvOf, harmless, inQuestions, kindOf, leftWords, numbersIn, numbersToAsk, peopleOf, secondsLeft, sorted, summary,
  whoseIs, workbookOf,
} from "../../static/js/photo_rules.js";

const known = new Map(["1001", "1002", "A_7"].map((number) => [number, { number, name: `Person ${number}`, code: "", hint: "" }]));

test("a photo is told from what lies beside photos", () => {
  const names = ["1001.jpg", "a/B.JPEG", "c.png", ".DS_Store", "__MACOSX/1001.jpg", "a/.hidden/b.jpg", "in.zip", "list.csv", "noend"];
  assert.deepEqual(names.map(kindOf), ["", "", "", "hidden", "hidden", "hidden", "nested", "not_a_photo", "not_a_photo"]);
});

for (const [name, folder, readings] of [
  ["1001.jpg", "", ["1001"]],
  ["1001_2.jpg", "", ["1001_2", "1001"]],
  ["1001-12.jpg", "", ["1001-12", "1001"]],
  ["1001 (2).jpg", "", ["1001 (2)", "1001"]],
  ["1001/passport.jpg", "1001", ["passport"]],
  ["photos/1001/front_1.jpeg", "1001", ["front_1", "front"]],
  ["_1.jpg", "", ["_1"]],
]) {
  test(`${name} may mean ${[folder, ...readings].filter(Boolean).join(" or ")}`, () => {
    assert.deepEqual(numbersIn(name), { folder, readings });
  });
}

test("a number that ends like a second photo is still that number", () => {
  assert.deepEqual(whoseIs("A_7.jpg", known), { number: "A_7" });
});

test("a folder for all photos is nobody's number", () => {
  assert.deepEqual(whoseIs("2026/1001.jpg", known), { number: "1001" });
});

test("a folder and a file that name two people are not guessed at", () => {
  assert.deepEqual(whoseIs("1001/1002.jpg", known), { code: "two_numbers" });
  assert.deepEqual(whoseIs("1001/1001_2.jpg", known), { number: "1001" });
});

test("every number is asked for once, and none that is longer than a number can be", () => {
  assert.deepEqual(numbersToAsk(["1001/a.jpg", "1001/b_1.jpg", `${"x".repeat(65)}.jpg`]), ["1001", "a", "b_1", "b"]);
});

test("questions stay shorter than a command may be, and none is lost", () => {
  const numbers = Array.from({ length: 500 }, (_, i) => `number-${i}`);
  const questions = inQuestions(numbers);
  assert.deepEqual(questions.flat(), numbers);
  assert.ok(questions.every((one) => one.length <= 100 && JSON.stringify({ t: "match", numbers: one }).length < 2048));
});

test("who stands in the way is told for each of their photos", () => {
  const minor = new Map([["7", { number: "7", name: "Kim", code: "minor", hint: "A guardian agrees." }]]);
  const [row] = sorted([{ name: "7.jpg" }], minor);
  assert.deepEqual([row.code, row.person, row.hint], ["minor", "Kim", "A guardian agrees."]);
});

test("the same picture counts once for one person, and for nobody under two", () => {
  const files = [["1001.jpg", "a"], ["1001_2.jpg", "a"], ["1002.jpg", "b"], ["A_7.jpg", "b"], ["1002_1.jpg", null]];
  const rows = sorted(files.map(([name, mark]) => ({ name, mark })), known);
  assert.deepEqual(rows.map(({ code }) => code), ["", "doubled", "two_people", "two_people", ""]);
});

test("more photos of a person than are looked at are left out", () => {
  const rows = sorted(["1001.jpg", "1001_1.jpg", "1001_2.jpg"].map((name) => ({ name })), known, 2);
  assert.deepEqual(rows.map(({ code }) => code), ["", "", "too_many_photos"]);
});

test("people are sent one after the other, whatever order their photos came in", () => {
  const rows = sorted(["1001.jpg", "1002.jpg", "1001_2.jpg", "nobody.jpg"].map((name) => ({ name })), known);
  assert.deepEqual(peopleOf(rows).map(({ number, rows: own }) => [number, own.length]), [["1001", 2], ["1002", 1]]);
  assert.deepEqual(summary(rows), { ready: 3, people: 2, stopped: 1, left: 0 });
});

test("the time left is that of the latest photos", () => {
  assert.equal(secondsLeft([], 10), null);
  assert.equal(secondsLeft([...Array(50).fill(9000), ...Array(20).fill(500)], 10), 5);
  assert.deepEqual([null, 3, 41, 61, 3700].map(leftWords), [
    "", "a few seconds left", "about 50 s left", "about 2 min left", "about 1 h 2 min left",
  ]);
});

for (const start of ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"]) {
  test(`a cell that begins with ${JSON.stringify(start)} is a text`, () => {
    assert.equal(harmless(`${start}1+1`), `'${start}1+1`);
  });
}

test("a CSV keeps commas, quotes and line ends inside their cell", () => {
  assert.equal(csvOf([['a,"b"', "c\nd"], ["=1"]]), '\ufeff"a,""b""","c\nd"\r\n"\'=1"\r\n');
});

test("a workbook holds texts only, and nothing of a name is markup", () => {
  const sheet = workbookOf([['=cmd|" /C calc"!A0', "<b>&"]])["xl/worksheets/sheet1.xml"];
  assert.ok(sheet.includes("'=cmd|&quot; /C calc&quot;!A0") && sheet.includes("&lt;b&gt;&amp;"));
  assert.ok(!sheet.includes("<f>"));
});
