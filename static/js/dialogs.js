// Dialogs and menus: opening, closing, the focus, and the name to type before a deletion.
import { all, on, one } from "./dom.js";

let opener = null;

/** Sets the element that gets the focus back when the dialog closes. @param {Element} element */
export function dialogOpener(element) {
  opener = element;
}

/** Opens a dialog that is on the page. @param {HTMLDialogElement | null} dialog */
export function dialogOpen(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  const wrong = one("[aria-invalid=true]", dialog);
  if (wrong) wrong.focus();
  matchCheck(dialog);
}

function dialogClosed(event) {
  if (!event.target.matches("dialog")) return;
  if (event.target.closest("#dialog")) one("#dialog").replaceChildren();
  const back = opener && opener.isConnected ? opener : null;
  opener = null;
  if (back) back.focus();
}

function dialogClick(event) {
  const link = event.target.closest("[data-dialog]");
  if (link) {
    opener = link;
    dialogOpen(one(`#${link.dataset.dialog}`));
  }
  const close = event.target.closest("[data-close]");
  const dialog = close ? close.closest("dialog[open]") : event.target.matches("dialog[open]") && outside(event) && event.target;
  if (!dialog) return;
  event.preventDefault();
  dialog.close();
}

function outside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

// The delete button is disabled until the name is typed. The server checks the name too.
function matchCheck(root) {
  for (const input of all("[data-match]", root)) {
    const button = one("[data-match-submit]", input.form);
    if (button) button.disabled = input.value.trim() !== input.dataset.match;
  }
}

// Menus are `details` elements.
function menusClose(event) {
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
}

/** Closes the open menu. @returns {boolean} whether there was one */
export function menuEscape() {
  const menu = one("details.menu[open]");
  if (!menu || one("dialog[open]")) return false; // the dialog on top closes first
  menu.open = false;
  one("summary", menu).focus();
  return true;
}

/** Starts dialogs and menus. */
export function dialogsStart() {
  on("click", menusClose);
  on("click", dialogClick);
  on("close", dialogClosed, true);
  on("input", (event) => event.target.matches("[data-match]") && matchCheck(event.target.form));
  all("dialog[data-open]").forEach(dialogOpen);
}
