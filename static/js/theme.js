// Sets the theme before the first paint. The saved choice wins over the system's.
(() => {
  document.documentElement.dataset.script = "on"; // pages hide what only serves without scripts
  if (document.documentElement.hasAttribute("data-theme-fixed")) return;
  let saved = null;
  try { saved = localStorage.getItem("theme"); } catch { /* storage is blocked: follow the system */ }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.bsTheme = saved || (dark ? "dark" : "light");
})();
