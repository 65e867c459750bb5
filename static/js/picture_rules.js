// Geometry and measures of the picture the worker cuts out. No DOM, no canvas.

export const MARGIN = 0.35; // around the box on each side, so that the server's detector finds the face again
export const MOST_CROP_PX = 400;
export const WIDE = 4; // times the face: as far as the server's test of pictures looks
// The longer side of what is sent, by view; the second after the server found a frame too large.
export const MOST_PX = { face: [MOST_CROP_PX, 320], wide: [800, 480], whole: [960, 640] };
export const MEASURE_PX = 64;

/** The square {x, y, side} around a face box, moved and shrunk so that it stays inside the frame. */
export function cropSquare([x, y, w, h], [width, height]) {
  const wanted = Math.max(w, h) * (1 + 2 * MARGIN);
  const side = Math.min(wanted, width, height);
  const place = (middle, most) => Math.min(Math.max(middle - side / 2, 0), most - side);
  return { x: place(x + w / 2, width), y: place(y + h / 2, height), side };
}

/** The face with what surrounds it, as far as the frame reaches: {x, y, w, h}. */
export function wideRegion([x, y, w, h], [width, height]) {
  const reach = Math.max(w, h) * WIDE / 2;
  const [left, top] = [Math.max(0, x + w / 2 - reach), Math.max(0, y + h / 2 - reach)];
  const [right, bottom] = [Math.min(width, x + w / 2 + reach), Math.min(height, y + h / 2 + reach)];
  return { x: left, y: top, w: right - left, h: bottom - top };
}

/** What is cut out of a frame for a view: the face, the face with its surroundings ("wide"), or the whole frame. */
export function regionOf(view, box, size) {
  if (view === "whole") return { x: 0, y: 0, w: size[0], h: size[1] };
  if (view === "wide") return wideRegion(box, size);
  const { x, y, side } = cropSquare(box, size);
  return { x, y, w: side, h: side };
}

/** The face box in pixels of a crop of this region that is `pixels` wide. */
export function boxInCrop([x, y, w, h], region, pixels) {
  const scale = pixels / region.w;
  return [(x - region.x) * scale, (y - region.y) * scale, w * scale, h * scale].map(Math.round);
}

/** Width and height of a frame that fits into `most` pixels. */
export function fitted([width, height], most) {
  const scale = Math.min(1, most / Math.max(width, height));
  return [Math.round(width * scale), Math.round(height * scale)];
}

function greyOf(pixels) {
  const grey = new Float32Array(pixels.length / 4);
  for (let i = 0; i < grey.length; i += 1) {
    grey[i] = 0.299 * pixels[4 * i] + 0.587 * pixels[4 * i + 1] + 0.114 * pixels[4 * i + 2];
  }
  return grey;
}

function laplacianVariance(grey, side) {
  let sum = 0;
  let squares = 0;
  for (let y = 1; y < side - 1; y += 1) {
    for (let x = 1; x < side - 1; x += 1) {
      const k = y * side + x;
      const edge = 4 * grey[k] - grey[k - 1] - grey[k + 1] - grey[k - side] - grey[k + side];
      sum += edge;
      squares += edge * edge;
    }
  }
  const count = (side - 2) ** 2;
  return squares / count - (sum / count) ** 2;
}

/** {luma, sharpness} of RGBA pixels of a square picture: mean grey 0-255, variance of the Laplacian. */
export function measure(pixels, side) {
  const grey = greyOf(pixels);
  const luma = grey.reduce((total, value) => total + value, 0) / grey.length;
  return { luma, sharpness: laplacianVariance(grey, side) };
}
