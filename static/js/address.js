// A page that answers a post names the address it wants to be known by: data-replace-url="URL" on any element.

/** Take that address, so that a reload, or coming back to the page, does not post again. */
export function takeAddress(page, history) {
  const holder = page.querySelector("[data-replace-url]");
  if (holder) history.replaceState(null, "", holder.dataset.replaceUrl);
}
