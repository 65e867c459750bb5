// When a live page is stale, and how it says so. Pure.

export const REFRESH_MS = 30000; // also without a socket the figures are never older than this
export const STALE_MS = 60000;

/** {text, isOld} for the age of the figures. */
export function freshness(ageMs) {
  const minutes = Math.floor(ageMs / 60000);
  const text = minutes < 1 ? "Updated just now" : `Updated ${minutes} min ago`;
  return { text, isOld: ageMs >= STALE_MS };
}
