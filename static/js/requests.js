// One click, one request: the busy control is marked, and a second click does nothing. Polls wait until the browser is online.
import { dialogOpener } from "./dialogs.js";
import { all, on, one } from "./dom.js";
import { toastDrop } from "./toasts.js";

const pressed = new WeakMap(); // maps a request to the control and form that are busy

function busySet(element, busy) {
  if (!element) return;
  if (busy) element.setAttribute("aria-busy", "true");
  else element.removeAttribute("aria-busy");
}

function busyGuard(event) {
  const control = event.target.closest?.("button, a, form");
  const busy = control && (control.matches("[aria-busy=true]") || control.dataset.sent);
  if (!busy && !control?.matches("[aria-disabled=true]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

// A form that htmx does not handle loads a new page, so it stays marked until then.
function plainSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.matches("[data-again]")) return;
  form.dataset.sent = "1";
  busySet(event.submitter || one("[type=submit], button:not([type])", form), true);
  if (form.matches("[data-signout]")) sessionStorage.removeItem("drafts");
}

function requestStarts(event) {
  const { elt, requestConfig, target } = event.detail;
  if (elt.matches("[data-poll]") && document.hidden) return void event.preventDefault();
  const by = requestConfig.triggeringEvent;
  const control = by?.submitter || (elt.matches("button, a") ? elt : null);
  const form = requestConfig.verb !== "get" && elt.matches("form") ? elt : null;
  if (form) form.dataset.sent = "1";
  busySet(control, true);
  pressed.set(requestConfig, { control, form });
  if (target?.id === "dialog" && !target.contains(elt)) dialogOpener(elt);
}

function requestEnds(event) {
  const { control, form } = pressed.get(event.detail.requestConfig) || {};
  busySet(control, false);
  if (!form) return;
  delete form.dataset.sent;
  const toast = form.closest(".toast");
  if (toast && event.detail.successful) toastDrop(toast); // the action that it offered has succeeded
}

function connectionShow() {
  const banner = one("#offline");
  if (banner) banner.hidden = navigator.onLine;
  if (navigator.onLine) pollsResume();
}

function pollsResume() {
  if (!document.hidden) for (const element of all("[data-poll]")) htmx.trigger(element, "poll");
}

/** Starts before all other listeners, so that a second click does not reach them. */
export function requestsStart() {
  on("click", busyGuard, true);
  on("submit", busyGuard, true);
  on("submit", plainSubmit);
  on("htmx:beforeRequest", requestStarts);
  on("htmx:afterRequest", requestEnds);
  on("visibilitychange", pollsResume);
  addEventListener("online", connectionShow);
  addEventListener("offline", connectionShow);
  connectionShow();
}
