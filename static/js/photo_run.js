// Sends person after person, photo after photo, and goes on after a lost connection. No DOM.
//
// A person is begun, shown and concluded; until then the server has written nothing, so one that was interrupted is
// simply sent again. Events: row (detail = the row that was looked at or settled), lost, back, end (detail = "done", "stopped", signin, revoked, closed).

import { LineEnded, LineLost } from "./photo_line.js";

const MOST_TRIES = 6;
const BUSY_MS = 700;

class Stopped extends Error {}
class Closed extends Error {}
class Again extends Error {}

export class PhotoRun extends EventTarget {
  constructor({ line, people, terms, pictureOf, sleep = line.sleep, now = () => performance.now() }) {
    super();
    Object.assign(this, { line, people, terms, pictureOf, sleep, now });
    this.rows = people.flatMap(({ rows }) => rows);
    this.durations = [];
    this.looked = new Set(); // rows that need no more time
    this.isStopped = false;
    this.paused = null; // {promise, go}
    this.ahead = new Map();
    this.stopping = new Promise((resolve) => { this.endWait = resolve; });
  }

  /** Resolves when nothing is left to do, whatever came of it. */
  async start() {
    let end = "done";
    try {
      await this.#connect();
      for (const person of this.people) await this.#insist(person);
    } catch (error) {
      end = this.#endOf(error);
    }
    this.#leaveRest(end);
    this.dispatchEvent(new CustomEvent("end", { detail: end }));
  }

  pause() {
    let go;
    this.paused ??= { promise: new Promise((resolve) => { go = resolve; }), go: () => go() };
  }

  resume() {
    this.paused?.go();
    this.paused = null;
  }

  stop() {
    this.isStopped = true;
    this.endWait();
    this.resume();
  }

  #endOf(error) {
    if (error instanceof Stopped) return "stopped";
    if (error instanceof LineEnded) return error.state;
    if (error instanceof Closed) return "closed";
    throw error;
  }

  async #agree() {
    await Promise.race([this.line.ready(), this.stopping]);
    await this.#gate();
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      if (await this.line.ask({ t: "terms", ...this.terms }, "terms")) return;
    }
    throw new LineLost();
  }

  async #connect() {
    try {
      await this.#agree();
    } catch (error) {
      if (!(error instanceof LineLost)) throw error;
      await this.#reconnect();
    }
  }

  /** One person, begun anew whenever the connection was lost or the server forgot. */
  async #insist(person) {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      try {
        await this.#send(person);
        return;
      } catch (error) {
        if (error instanceof LineLost) await this.#reconnect();
        else if (!(error instanceof Again)) throw error;
      }
    }
    person.rows.forEach((row) => this.#settle(row, { code: "no_answer" }));
  }

  async #reconnect() {
    this.dispatchEvent(new Event("lost"));
    for (;;) {
      await this.#gate();
      try {
        await this.#agree();
        break;
      } catch (error) {
        if (!(error instanceof LineLost)) throw error;
      }
    }
    this.dispatchEvent(new Event("back"));
  }

  async #send(person) {
    await this.#gate();
    const standing = await this.line.ask({ t: "person", number: person.number }, "person");
    if (!standing) throw new Again();
    if (standing.code) {
      const own = person.isEnding && standing.code === "enrolled_already"; // by what was sent before the line fell
      person.rows.forEach((row) => this.#settle(row, own ? { code: "" } : standing));
      return;
    }
    person.isEnding = false;
    const taken = [];
    for (const row of person.rows.filter(({ isSettled }) => !isSettled)) {
      const answer = await this.#show(row);
      this.#looked(row);
      if (answer.state === "taken") taken.push(row);
      else this.#settle(row, answer);
    }
    person.isEnding = taken.length > 0 && !this.terms.dry_run;
    const end = await this.#conclude();
    taken.forEach((row) => this.#settle(row, end.state === "enrolled" ? { code: "" } : end));
  }

  async #show(row) {
    await this.#gate();
    const begun = this.now();
    const picture = await this.#picture(row);
    if (picture.code) return { state: "refused", code: picture.code };
    const answer = await this.#shown(picture.jpeg);
    this.durations.push(this.now() - begun);
    return answer;
  }

  /** The photo, and while the server looks at it the one after it is unpacked. */
  async #picture(row) {
    const own = this.ahead.get(row) ?? this.pictureOf(row);
    this.ahead.clear();
    const picture = await own;
    const after = this.rows[this.rows.indexOf(row) + 1];
    if (after) this.ahead.set(after, this.pictureOf(after));
    return picture;
  }

  async #shown(jpeg) {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const answer = await this.line.show(jpeg);
      if (answer?.state === "closed") throw new Closed();
      // It was taken, and only the answer had been late.
      if (tries && answer?.code === "same_picture") return { state: "taken" };
      if (answer && answer.state !== "busy") return answer;
      await this.#gate();
      await this.sleep(answer?.retry_ms ?? BUSY_MS);
    }
    return { state: "refused", code: "no_answer" };
  }

  async #conclude() {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const answer = await this.line.ask({ t: "conclude" }, "concluded");
      if (answer?.state === "lost") throw new Again();
      if (answer?.state === "closed") throw new Closed();
      if (answer && answer.state !== "busy") return answer;
      await this.sleep(answer?.retry_ms ?? BUSY_MS);
    }
    return { state: "refused", code: "no_answer" };
  }

  /** Wait while paused; stop where somebody said so. */
  async #gate() {
    if (this.paused) await this.paused.promise;
    if (!this.isStopped) return;
    if (this.line.isUp) await this.line.ask({ t: "cancel" }, "cancelled").catch(() => null);
    throw new Stopped();
  }

  #settle(row, { code, hint = "" }) {
    if (row.isSettled) return;
    Object.assign(row, { isSettled: true, code, hint });
    this.#looked(row);
  }

  #looked(row) {
    this.looked.add(row);
    this.dispatchEvent(new CustomEvent("row", { detail: row }));
  }

  #leaveRest(end) {
    this.rows.forEach((row) => this.#settle(row, { code: end === "done" ? "no_answer" : "stopped" }));
  }
}
