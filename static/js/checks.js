// Keyboard shortcuts of the checks page. Ticked findings stay ticked in this tab while others are dismissed.
// Without this script, the checkboxes and buttons still work.

const form = () => document.querySelector("#checks-form");
const boxes = (root = form()) => [...root.querySelectorAll("input[name=finding]")];
const reason = () => form().querySelector("[name=reason]");
const only = () => form().querySelector("[name=only]");
const slot = `checks:${location.pathname}`;
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]";

const kept = () => new Set(JSON.parse(sessionStorage.getItem(slot) || "[]"));

function keep() {
  const chosen = kept();
  for (const box of boxes()) box.checked ? chosen.add(box.value) : chosen.delete(box.value);
  sessionStorage.setItem(slot, JSON.stringify([...chosen]));
}

function restore() {
  const chosen = kept();
  for (const box of boxes()) if (chosen.has(box.value)) box.checked = true;
}

// "Select all" of a rule also ticks its findings on this page, to show which ones are included.
function changed(event) {
  const box = event.target;
  if (box.name === "all") for (const one of boxes(box.closest("section"))) one.checked = box.checked;
  if (box.name === "all" || box.name === "finding") keep();
}

function row() {
  return document.activeElement.closest?.(".findings tr");
}

function accept() {
  row()?.querySelector("[name=finding]")?.click();
}

// Dismisses only the focused finding; other ticked findings stay ticked.
function dismiss() {
  const box = row()?.querySelector("[name=finding]");
  if (!box || !only()) return;
  only().value = box.value;
  reason().placeholder = `${reason().dataset.one} ${row().querySelector(".name").textContent}`;
  reason().focus();
}

function left() {
  if (reason().value) return;
  only().value = "";
  reason().placeholder = reason().getAttribute("aria-label");
}

function pressed(event) {
  const act = { a: accept, d: dismiss }[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING)) return;
  event.preventDefault();
  act();
}

function sent(event) {
  if (event.submitter?.hasAttribute("formaction")) sessionStorage.removeItem(slot);
}

if (form()) {
  restore();
  form().addEventListener("change", changed);
  form().addEventListener("submit", sent);
  reason()?.addEventListener("blur", left);
  document.addEventListener("keydown", pressed);
}
