// Geometry and measures of the picture the worker cuts out. No DOM, no canvas.

export const MARGIN = 0.35; // around the box on each side, so that the server's detector finds the face again
export const MOST_CROP_PX = 400;
export const MEASURE_PX = 64;

/** The square {x, y, side} around a face box, moved and shrunk so that it stays inside the frame. */
export function cropSquare([x, y, w, h], [width, height]) {
  const wanted = Math.max(w, h) * (1 + 2 * MARGIN);
  const side = Math.min(wanted, width, height);
  const place = (middle, most) => Math.min(Math.max(middle - side / 2, 0), most - side);
  return { x: place(x + w / 2, width), y: place(y + h / 2, height), side };
}

/** The face box in pixels of a crop that is `pixels` wide. */
export function boxInCrop([x, y, w, h], square, pixels) {
  const scale = pixels / square.side;
  return [(x - square.x) * scale, (y - square.y) * scale, w * scale, h * scale].map(Math.round);
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
