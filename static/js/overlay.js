// Corner brackets around faces, drawn over the video; they follow their boxes smoothly.

const FOLLOW = 0.5; // of the way to the new box per presented frame
const FORGET_MS = 400;

const centre = ([x, y, w, h]) => [x + w / 2, y + h / 2];

/** The earlier box that this one continues: the nearest one, within a face's width; or the box itself. */
export function before(box, shown) {
  const [x, y] = centre(box);
  const away = (other) => Math.hypot(centre(other)[0] - x, centre(other)[1] - y);
  const near = shown.filter((other) => away(other) < box[2]).sort((a, b) => away(a) - away(b));
  return near[0] ?? box;
}

export class Overlay {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.shown = [];
    this.targets = [];
    this.targetAt = 0;
  }

  /** faces: [{box, tone?}]; a face without a tone takes the page's. */
  aim(faces, now) {
    if (!faces.length) return;
    this.targets = faces;
    this.targetAt = now;
  }

  draw([width, height], now) {
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.context.clearRect(0, 0, width, height);
    if (now - this.targetAt > FORGET_MS) this.targets = [];
    this.shown = this.targets.map(({ box, tone }) => {
      const from = before(box, this.shown);
      const shown = from.map((value, i) => value + (box[i] - value) * FOLLOW);
      this.#brackets(shown, width, tone);
      return shown;
    });
  }

  #colour(tone) {
    const style = getComputedStyle(this.canvas);
    return tone ? style.getPropertyValue(`--${tone}`) : style.color;
  }

  #brackets([x, y, w, h], width, tone) {
    const { context } = this;
    const length = w * 0.2;
    context.strokeStyle = this.#colour(tone);
    context.lineWidth = Math.max(3, width / 160);
    context.lineCap = "round";
    for (const [right, low] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
      const [cornerX, cornerY] = [x + right * w, y + low * h];
      context.beginPath();
      context.moveTo(cornerX + (right ? -length : length), cornerY);
      context.lineTo(cornerX, cornerY);
      context.lineTo(cornerX, cornerY + (low ? -length : length));
      context.stroke();
    }
  }
}
