// The ring around the round picture: one segment per frame that is needed.

const SVG = "http://www.w3.org/2000/svg";
const CENTRE = 210;
const RADIUS = 198;
const GAP = 0.28; // of a segment

function point(turn) {
  const angle = (turn - 0.25) * 2 * Math.PI;
  return `${(CENTRE + RADIUS * Math.cos(angle)).toFixed(2)} ${(CENTRE + RADIUS * Math.sin(angle)).toFixed(2)}`;
}

/** Path of segment `index` of `count`, clockwise from the top. */
export function segmentPath(index, count) {
  const gap = GAP / count / 2;
  const [from, to] = [index / count + gap, (index + 1) / count - gap];
  const large = to - from > 0.5 ? 1 : 0;
  return `M${point(from)} A${RADIUS} ${RADIUS} 0 ${large} 1 ${point(to)}`;
}

export class ProgressRing {
  constructor(svg, count) {
    this.svg = svg;
    this.segments = Array.from({ length: count }, (_, index) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", segmentPath(index, count));
      path.setAttribute("class", "ring-part");
      return path;
    });
    svg.replaceChildren(...this.segments);
    this.show(0);
  }

  show(accepted) {
    this.segments.forEach((path, index) => {
      path.classList.toggle("is-done", index < accepted);
      path.classList.toggle("is-next", index === accepted);
    });
    this.svg.setAttribute("aria-label", `${accepted} of ${this.segments.length} pictures taken`);
  }
}
