// How a head is turned, from the 68 points of face-api, in degrees: yaw positive to the person's right, pitch down,
// roll clockwise in the picture. The server measures the same degrees from five points (apps/recognition/pose.py).
//
// Scales: least squares over 131 pictures of known pose (tests/recognition/synthetic_heads.py, seven people): yaw good
// to 2.1 degrees, pitch to 2.0, both counted from the same person's straight look. A published yaw of -90 came from
// heads modelled too flat, in which every turn reads half as large again.

const YAW = -62; // for a nose all the way at one edge of the jaw
const PITCH = 108; // for a nose one eye-to-mouth distance further down
const LEVEL = 0.6; // where the nose of a level mean face stands on that line

const DEGREES = 180 / Math.PI;

function mean(points) {
  const sum = points.reduce(([x, y], point) => [x + point.x, y + point.y], [0, 0]);
  return { x: sum[0] / points.length, y: sum[1] / points.length };
}

const away = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

/** {yaw, pitch, roll} of 68 points {x, y}; null where they are no face. */
export function poseOf(points) {
  const [left, right] = [mean(points.slice(36, 42)), mean(points.slice(42, 48))];
  const eyes = mean([left, right]);
  const roll = Math.atan2(right.y - left.y, right.x - left.x);
  const down = ({ x, y }) => (y - eyes.y) * Math.cos(roll) - (x - eyes.x) * Math.sin(roll);
  const [nose, mouth] = [points[30], mean([points[48], points[54]])];
  const [toLeft, toRight] = [away(nose, points[1]), away(nose, points[15])];
  if (!(down(mouth) > 0) || !(toLeft + toRight > 0)) return null;
  return {
    yaw: (YAW * (toLeft - toRight)) / (toLeft + toRight),
    pitch: PITCH * (down(nose) / down(mouth) - LEVEL),
    roll: roll * DEGREES,
  };
}
