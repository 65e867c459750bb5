// Seconds in words. Pure.

/** "9 min 5 s", "45 s". */
export function timeLeft(seconds) {
  const minutes = Math.floor(seconds / 60);
  return minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
