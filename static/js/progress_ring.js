// The ring around the round picture: one segment per frame that is needed, or eight turns of the head.

const SVG = "http://www.w3.org/2000/svg";
const CENTRE = 210;
const RADIUS = 198;
const GAP = 0.28; // of a segment

function point(turn) {
  const angle = (turn - 0.25) * 2 * Math.PI;
  return `${(CENTRE + RADIUS * Math.cos(angle)).toFixed(2)} ${(CENTRE + RADIUS * Math.sin(angle)).toFixed(2)}`;
}

/** Path of segment `index` of `count`, clockwise; the first begins at the top, or has its middle there. */
export function segmentPath(index, count, { middleAtTop = false } = {}) {
  const gap = GAP / count / 2;
  const shift = middleAtTop ? 0.5 : 0;
  const [from, to] = [(index - shift) / count + gap, (index + 1 - shift) / count - gap];
  const large = to - from > 0.5 ? 1 : 0;
  return `M${point(from)} A${RADIUS} ${RADIUS} 0 ${large} 1 ${point(to)}`;
}

export class ProgressRing {
  constructor(svg) {
    this.svg = svg;
  }

  /** So many of the pictures that are needed are taken. */
  steps(accepted, needed) {
    this.#lay(needed, false);
    this.#mark((index) => index < accepted, accepted);
    this.svg.setAttribute("aria-label", `${accepted} of ${needed} pictures taken`);
  }

  /** These turns of the head are taken, and this one comes next. */
  turns(filled, count, next) {
    this.#lay(count, true);
    this.#mark((index) => filled.includes(index), next);
    this.svg.setAttribute("aria-label", `${filled.length} of ${count} directions taken`);
  }

  #lay(count, middleAtTop) {
    const laid = `${count} ${middleAtTop}`;
    if (laid === this.laid) return;
    this.laid = laid;
    this.segments = Array.from({ length: count }, (_, index) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", segmentPath(index, count, { middleAtTop }));
      path.setAttribute("class", "ring-part");
      return path;
    });
    this.svg.replaceChildren(...this.segments);
  }

  #mark(isDone, next) {
    this.segments.forEach((path, index) => {
      path.classList.toggle("is-done", isDone(index));
      path.classList.toggle("is-next", index === next && !isDone(index));
    });
  }
}
