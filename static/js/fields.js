// Fields edited in place: the focus, and Esc.
import { one } from "./dom.js";

let fieldTouched = null;

/** Remembers the field that is being swapped. @param {string} name */
export function fieldTouch(name) {
  fieldTouched = name;
}

/** Puts the focus into the field that was swapped in. @param {Event} event htmx:afterSettle */
export function fieldFocus(event) {
  const field = event.target;
  if (!field.matches?.("[data-field]") || field.dataset.field !== fieldTouched) return;
  fieldTouched = null;
  if (field.contains(document.activeElement)) return;
  const next = one("[aria-invalid=true], [autofocus], .edit", field) || one("input:not([type=hidden]), button", field);
  next?.focus();
}

/** Cancels the edit, or dismisses the message, that has the focus. @param {Event} event */
export function placeEscape(event) {
  const place = event.target.closest("[data-field], .toast");
  if (place) one("[data-cancel], [data-dismiss]", place)?.click();
}
