// The shell's small behaviours: theme switch, menus that close, copy and print buttons, one question before a consequence.
import { takeAddress } from "./address.js";

const root = document.documentElement;

function switchTheme() {
  const chosen = root.dataset.bsTheme === "dark" ? "light" : "dark";
  root.dataset.bsTheme = chosen;
  try { localStorage.setItem("theme", chosen); } catch { /* kept for this page only */ }
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
}

function expand(button) {
  const isOpen = document.getElementById(button.dataset.expand).classList.toggle("is-open");
  button.setAttribute("aria-expanded", String(isOpen));
}

async function copyText(button) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.querySelector("[data-copy-label]") ?? button;
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    label.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source);
    label.textContent = "Press Ctrl C";
  }
  setTimeout(() => { label.textContent = before; }, 2000);
}

function confirmDialog(question, label) {
  const dialog = document.createElement("dialog");
  dialog.className = "ask";
  const text = Object.assign(document.createElement("p"), { textContent: question });
  const acts = Object.assign(document.createElement("form"), { method: "dialog", className: "form-acts" });
  const yes = Object.assign(document.createElement("button"), { className: "btn btn-bad", value: "yes", textContent: label });
  const no = Object.assign(document.createElement("button"), { className: "btn", value: "no", textContent: "Cancel", autofocus: true });
  acts.append(yes, no);
  dialog.append(text, acts);
  return dialog;
}

function askFirst(form, submitter) {
  const label = form.dataset.confirmLabel ?? submitter?.textContent.trim() ?? "Continue";
  const dialog = confirmDialog(form.dataset.confirm, label);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue !== "yes") return;
    form.dataset.confirmed = "yes";
    form.requestSubmit(submitter);
  });
  document.body.append(dialog);
  dialog.showModal();
}

takeAddress(document, history);

document.addEventListener("click", (event) => {
  const target = event.target;
  if (target.closest("[data-theme-toggle]")) switchTheme();
  const copy = target.closest("[data-copy]");
  if (copy) copyText(copy);
  if (target.closest("[data-print]")) print();
  const expander = target.closest("[data-expand]");
  if (expander) expand(expander);
  closeMenus(target.closest("details[data-menu]"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-menu][open]");
  closeMenus(null);
  open?.querySelector("summary").focus();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.confirm || form.dataset.confirmed) return;
  event.preventDefault();
  askFirst(form, event.submitter);
});
