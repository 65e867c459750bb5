// A turn of the head that the server asks for: its words, its arrow, and how long it is worth showing. No DOM.

const GRACE_MS = 1500; // the answer to the last frame may come after the window

// The preview is a mirror: the person's left is the screen's left.
export const TURNS = {
  left: { icon: "arrow-left", words: "Turn your head to the left" },
  right: { icon: "arrow-right", words: "Turn your head to the right" },
  up: { icon: "arrow-up", words: "Look up" },
  down: { icon: "arrow-down", words: "Look down" },
  front: { icon: "focus-centered", words: "Look straight at the camera" },
};

/** What to show of {step, left, window_ms}: icon, words, and how many turns follow this one. */
export function turnOf({ step, left = 1 }) {
  const { icon, words } = TURNS[step] ?? TURNS.front;
  return { step: TURNS[step] ? step : "front", icon, words, more: Math.max(0, left - 1) };
}

/** The message with the instant after which nobody answers it any more. */
export function running(message, now) {
  return { ...message, until: now + (message.window_ms ?? 0) + GRACE_MS };
}

/** A turn that nobody takes is over: its time is up, or somebody else stands here. */
export function isOver(turn, { now, track }) {
  return Boolean(turn) && (now >= turn.until || turn.track !== track);
}
