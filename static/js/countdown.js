// Counts down in words: data-countdown="SECONDS" data-over="what to say at the end".

import { timeLeft } from "./countdown_rules.js";

for (const line of document.querySelectorAll("[data-countdown]")) {
  const end = performance.now() + Number(line.dataset.countdown) * 1000;
  const show = () => {
    const seconds = Math.ceil((end - performance.now()) / 1000);
    line.textContent = seconds > 0 ? `Valid for ${timeLeft(seconds)}. It works once.` : line.dataset.over;
    if (seconds <= 0) clearInterval(timer);
  };
  const timer = setInterval(show, 1000);
  show();
}
