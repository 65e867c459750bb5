import assert from "node:assert/strict";
import { test } from "node:test";

import { LineEnded, LineLost, PhotoLine } from "../../static/js/photo_line.js";
import { PhotoRun } from "../../static/js/photo_run.js";
import { reportWords, wordsOf } from "../../static/js/photo_words.js";

const TAKEN = { state: "taken" };
const ENROLLED = { state: "enrolled" };
const row = (name) => ({ name });
const person = (number, ...names) => ({ number, rows: names.map(row) });

/** A line that answers from a script: {person, result, concluded} each a list; an Error in it is thrown. */
function scripted(script) {
  const said = [];
  const next = (kind, fallback) => {
    const answer = script[kind]?.length ? script[kind].shift() : fallback;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const defaults = { terms: {}, person: { code: "" }, concluded: ENROLLED, cancelled: {} };
  return {
    said,
    isUp: true,
    sleep: async () => {},
    ready: async () => {},
    ask: async (message, kind) => { said.push(message.t); return next(kind, defaults[kind]); },
    show: async () => { said.push("photo"); return next("result", TAKEN); },
  };
}

async function ran(people, script = {}, during = () => {}) {
  const line = scripted(script);
  const run = new PhotoRun({ line, people, terms: {}, pictureOf: async ({ code }) => (code ? { code } : { jpeg: new ArrayBuffer(1) }) });
  let end;
  run.addEventListener("end", ({ detail }) => { end = detail; });
  run.addEventListener("row", () => during(run));
  await run.start();
  return { run, end, said: line.said, codes: run.rows.map(({ code }) => code) };
}

test("a person is named, shown and concluded, then the next", async () => {
  const { said, codes, end } = await ran([person("1", "1.jpg", "1_2.jpg"), person("2", "2.jpg")]);
  assert.deepEqual(said, ["terms", "person", "photo", "photo", "conclude", "person", "photo", "conclude"]);
  assert.deepEqual([codes, end], [["", "", ""], "done"]);
});

test("of somebody in whose way something stands no photo is sent", async () => {
  const { said, codes } = await ran([person("1", "1.jpg")], { person: [{ code: "no_consent" }] });
  assert.deepEqual([said, codes], [["terms", "person"], ["no_consent"]]);
});

test("a photo that is refused keeps its reason, the others theirs", async () => {
  const { codes } = await ran([person("1", "1.jpg", "1_2.jpg")], { result: [{ state: "refused", code: "blurred" }, TAKEN] });
  assert.deepEqual(codes, ["blurred", ""]);
});

test("what the person's end says holds for the photos that were taken", async () => {
  const { codes } = await ran([person("1", "1.jpg")], { concluded: [{ state: "held", code: "held" }] });
  assert.deepEqual(codes, ["held"]);
});

test("a busy answer is asked for again, and a late one counts once", async () => {
  const { codes, said } = await ran([person("1", "1.jpg")], {
    result: [{ state: "busy" }, null, { state: "refused", code: "same_picture" }],
    concluded: [{ state: "busy" }, null, ENROLLED],
  });
  assert.deepEqual(codes, [""]);
  assert.deepEqual(said, ["terms", "person", "photo", "photo", "photo", "conclude", "conclude", "conclude"]);
});

test("the same picture under another name is told as such", async () => {
  const { codes } = await ran([person("1", "1.jpg")], { result: [{ state: "refused", code: "same_picture" }] });
  assert.deepEqual(codes, ["same_picture"]);
});

test("a lost connection begins the person anew and then goes on", async () => {
  const script = { result: [TAKEN, new LineLost(), TAKEN, TAKEN, TAKEN] };
  const { said, codes } = await ran([person("1", "1.jpg", "1_2.jpg"), person("2", "2.jpg")], script);
  const again = ["terms", "person", "photo", "photo", "conclude"];
  assert.deepEqual(said, ["terms", "person", "photo", "photo", ...again, "person", "photo", "conclude"]);
  assert.deepEqual(codes, ["", "", ""]);
});

test("who was enrolled although the answer was lost counts as enrolled, by this run and no other", async () => {
  const already = { code: "enrolled_already", hint: "Is enrolled already." };
  const people = () => [person("1", "1.jpg", "1_2.jpg"), person("2", "2.jpg")];
  const lost = { person: [{ code: "" }, already, already], concluded: [new LineLost()] };
  const { codes, said } = await ran(people(), lost);
  assert.deepEqual(codes, ["", "", "enrolled_already"]);
  assert.equal(said.filter((one) => one === "photo").length, 2);
  const fallen = { person: [{ code: "" }, already], result: [new LineLost()] };
  assert.deepEqual((await ran([person("1", "1.jpg")], fallen)).codes, ["enrolled_already"]);
});

test("a connection that falls before the first person is waited for", async () => {
  const { end, codes } = await ran([person("1", "1.jpg")], { terms: [new LineLost()] });
  assert.deepEqual([end, codes], ["done", [""]]);
});

test("stopping ends a run that waits for a connection", async () => {
  const line = scripted({ result: [new LineLost()] });
  const run = new PhotoRun({ line, people: [person("1", "1.jpg")], terms: {}, pictureOf: async () => ({ jpeg: new ArrayBuffer(1) }) });
  run.addEventListener("lost", () => {
    Object.assign(line, { isUp: false, ready: () => new Promise(() => {}) });
    setTimeout(() => run.stop(), 5);
  });
  const ended = new Promise((resolve) => { run.addEventListener("end", ({ detail }) => resolve(detail)); });
  run.start();
  const late = new Promise((resolve) => { setTimeout(() => resolve("still waiting"), 200); });
  assert.equal(await Promise.race([ended, late]), "stopped");
});

test("what the server forgot is sent again", async () => {
  const { said, codes } = await ran([person("1", "1.jpg")], { concluded: [{ state: "lost" }, ENROLLED] });
  assert.deepEqual([said.filter((one) => one === "photo").length, codes], [2, [""]]);
});

test("who ends the session, or switches faces off, ends the run, and every photo has its row", async () => {
  const { end, codes } = await ran([person("1", "1.jpg"), person("2", "2.jpg")], { person: [{ code: "" }, new LineEnded("signin")] });
  assert.deepEqual([end, codes], ["signin", ["", "stopped"]]);
  assert.equal((await ran([person("1", "1.jpg")], { result: [{ state: "closed" }] })).end, "closed");
});

test("stopping sends a cancel and nothing more; of whom is in between nothing is kept", async () => {
  const people = [person("1", "1.jpg"), person("2", "2.jpg", "2_1.jpg")];
  const { end, said, codes } = await ran(people, {}, (run) => { if (run.looked.size === 2) run.stop(); });
  assert.deepEqual([end, said.at(-1), codes], ["stopped", "cancel", ["", "stopped", "stopped"]]);
});

test("a paused run waits and goes on", async () => {
  let isOn = false;
  const later = (run) => { run.pause(); setTimeout(() => { isOn = true; run.resume(); }, 20); };
  const { end } = await ran([person("1", "1.jpg"), person("2", "2.jpg")], {}, later);
  assert.ok(isOn && end === "done");
});

test("a file that cannot be read is told, and the others are sent", async () => {
  const people = [person("1", "1.jpg", "1_2.jpg")];
  people[0].rows[0].code = "unreadable";
  assert.deepEqual((await ran(people)).codes, ["unreadable", ""]);
});

class FakeSocket extends EventTarget {
  told = [];
  tell(message) { this.told.push(message); }
  say(message) { this.dispatchEvent(new CustomEvent("message", { detail: message })); }
  fall(detail) { this.dispatchEvent(new CustomEvent("closed", { detail })); }
}

const soon = () => new Promise((resolve) => { setTimeout(resolve, 1); });

test("questions wait for each other's answer", async () => {
  const socket = new FakeSocket();
  const line = new PhotoLine(socket, { everyMs: 0 });
  socket.say({ t: "hello" });
  const [one, two] = [line.ask({ t: "a" }, "a"), line.ask({ t: "b" }, "b")];
  await soon();
  assert.deepEqual(socket.told, [{ t: "a" }]);
  socket.say({ t: "a", n: 1 });
  await soon();
  socket.say({ t: "b", n: 2 });
  assert.deepEqual([(await one).n, (await two).n], [1, 2]);
});

test("a fallen connection fails the question, and one that will not come back says so", async () => {
  const socket = new FakeSocket();
  const line = new PhotoLine(socket, { everyMs: 0 });
  socket.say({ t: "hello" });
  const asked = line.ask({ t: "a" }, "a");
  await soon();
  socket.fall({ retry: true });
  await assert.rejects(asked, LineLost);
  const waiting = line.ready();
  socket.fall({ retry: false, state: "signin" });
  await assert.rejects(waiting, LineEnded);
});

test("a question that nobody answers is answered with nothing", async () => {
  const socket = new FakeSocket();
  const line = new PhotoLine(socket, { everyMs: 0, answerMs: 5 });
  socket.say({ t: "hello" });
  assert.equal(await line.ask({ t: "a" }, "a"), null);
});

test("every code has words, and what was not named has some too", () => {
  for (const code of ["unmatched", "no_consent", "held", "blurred", "never heard of"]) {
    assert.ok(wordsOf({ code }, "ready").label);
  }
  assert.equal(wordsOf({ code: "" }, "tried").label, "Would be used");
});

test("a dry run says that nothing was written", () => {
  assert.match(reportWords({ end: "done", dryRun: true, people: 2, photos: 3, others: 1 }).text, /Nothing was written/);
});
