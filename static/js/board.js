// Keeps a part of a page fresh: <section data-fragment="URL" data-board-socket="PATH">. On a punch, and every 30 s as
// a fall-back, the fragment is fetched and put in place; figures that could not be refreshed stay, and say their age.

import { freshness, REFRESH_MS } from "./board_rules.js";
import { element, icon } from "./dom.js";
import { socketUrl } from "./frame_socket.js";
import { closeRule, PING_EVERY_MS, reconnectDelay } from "./socket_rules.js";

const GATHER_MS = 400; // a shift change brings many punches: one fetch for all of them
const LABEL_EVERY_MS = 5000;

class Board {
  constructor(section) {
    this.section = section;
    this.url = section.dataset.fragment;
    this.updatedAt = performance.now();
    this.attempt = 0;
    this.words = element("span");
    this.label = element("p", { className: "stale" }, icon("refresh", "icon-s"), this.words);
    section.before(this.label);
  }

  start() {
    this.connect();
    setInterval(() => this.refresh(), REFRESH_MS);
    setInterval(() => this.tellAge(), LABEL_EVERY_MS);
    window.addEventListener("online", () => this.refresh());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.refresh(); });
    this.tellAge();
  }

  connect() {
    const path = this.section.dataset.boardSocket;
    if (!path) return;
    const socket = new WebSocket(socketUrl(path));
    const ping = setInterval(() => socket.readyState === 1 && socket.send('{"t":"ping"}'), PING_EVERY_MS);
    socket.onopen = () => { document.body.dataset.ws = "open"; this.attempt = 0; this.soon(); };
    socket.onmessage = ({ data: text }) => { if (JSON.parse(text).t === "punch") this.soon(); };
    socket.onclose = ({ code }) => {
      clearInterval(ping);
      document.body.dataset.ws = "closed";
      if (closeRule(code).retry) setTimeout(() => this.connect(), reconnectDelay(this.attempt++));
    };
  }

  soon() {
    this.timer ??= setTimeout(() => { this.timer = null; this.refresh(); }, GATHER_MS);
  }

  async refresh() {
    if (document.hidden || this.isBusy) return;
    this.isBusy = true;
    try {
      const response = await fetch(this.url, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
      // A redirect to the sign-in page is not a fragment.
      if (response.ok && !response.redirected) this.swap(await response.text());
    } catch { /* the label tells the age of what is shown */ }
    this.isBusy = false;
    this.tellAge();
  }

  swap(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").body;
    this.updatedAt = performance.now();
    document.body.dataset.refreshed = Number(document.body.dataset.refreshed ?? 0) + 1;
    if (fresh.innerHTML.trim() === this.shownHtml) return;
    this.shownHtml = fresh.innerHTML.trim();
    this.section.replaceChildren(...fresh.childNodes);
  }

  tellAge() {
    const { text, isOld } = freshness(performance.now() - this.updatedAt);
    this.words.textContent = text;
    this.label.dataset.age = isOld ? "old" : "fresh";
  }
}

for (const section of document.querySelectorAll("[data-fragment]")) new Board(section).start();
