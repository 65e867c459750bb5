// Corner brackets around the face, drawn over the video; they follow the box smoothly.

const FOLLOW = 0.5; // of the way to the new box per presented frame
const FORGET_MS = 400;

export class Overlay {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.shown = null;
    this.target = null;
    this.targetAt = 0;
  }

  aim(box, now) {
    if (!box) return;
    this.target = box;
    this.targetAt = now;
  }

  draw([width, height], now) {
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.context.clearRect(0, 0, width, height);
    if (!this.target || now - this.targetAt > FORGET_MS) {
      this.shown = null;
      return;
    }
    const from = this.shown ?? this.target;
    this.shown = from.map((value, i) => value + (this.target[i] - value) * FOLLOW);
    this.#brackets(this.shown, width);
  }

  #brackets([x, y, w, h], width) {
    const { context } = this;
    const length = w * 0.2;
    context.strokeStyle = getComputedStyle(this.canvas).color;
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
