// Fields edited in place: the focus goes into the field that was swapped in. Loaded by pages that have fields.
import { on, one } from "./dom.js";

let touched = null; // the name of the field that is being swapped

function fieldTouch({ detail }) {
  if (detail.target?.matches("[data-field]")) touched = detail.target.dataset.field;
}

function fieldFocus({ target: field }) {
  if (!field.matches?.("[data-field]") || field.dataset.field !== touched) return;
  touched = null;
  if (field.contains(document.activeElement)) return;
  const next = one("[aria-invalid=true], [autofocus], .edit", field) || one("input:not([type=hidden]), button", field);
  next?.focus();
}

on("htmx:beforeRequest", fieldTouch);
on("htmx:afterSettle", fieldFocus);
