// Edit forms with unsaved changes. The browser asks before they are lost. If the session ends or the form has expired, what was
// typed is kept in this tab, for the person who typed it, and comes back. tabs.js deletes it at sign-out.
import { all, on, one } from "./dom.js";

const STORE = "drafts";
const FORMS = "form[data-draft]";
const person = document.body.dataset.signedIn;
const action = (form) => new URL(form.getAttribute("action"), location).pathname;
const read = () => JSON.parse(sessionStorage.getItem(STORE) || "[]").filter((draft) => draft.person === person);

const write = (drafts) => (drafts.length ? sessionStorage.setItem(STORE, JSON.stringify(drafts)) : sessionStorage.removeItem(STORE));
const drop = (address) => write(read().filter((draft) => draft.action !== address));

// The server marks a text that it sends back unsaved.
function isChanged(control) {
  if (control.matches("[data-changed]")) return true;
  if (control.matches("select")) return [...control.options].some((option) => option.selected !== option.defaultSelected);
  const opened = control.defaultValue.replace(/\r\n?/g, "\n"); // browsers show it so, and take line ends out of an input
  return control.value !== (control.matches("textarea") ? opened : opened.replaceAll("\n", ""));
}

// Proposals without their tick, and values left to someone else, are not the person's.
const isLeft = (form, name) => one(`[name=take][value="${name}"]:not(:checked), [name="decide-${name}"][value=keep]:checked`, form);

function changes(form) {
  const base = (name) => form.elements.namedItem(name === "value" ? "base" : `base-${name}`);
  return all("[data-field] :is(.input, [data-changed])", form)
    .filter((control) => isChanged(control) && !isLeft(form, control.name))
    .flatMap((control) => [control, base(control.name)])
    .map((control) => [control.name, control.value]);
}
const isUnsaved = (form) => !form.dataset.sent && !form.dataset.kept && !form.dataset.left && changes(form).length > 0;

function keep(forms, sent) {
  const now = forms.map((form) => ({ person, action: action(form), sent, values: changes(form) })).filter((draft) => draft.values.length);
  try {
    write([...read().filter((draft) => !now.some((other) => other.action === draft.action)), ...now]);
    for (const form of forms) form.dataset.kept = "1";
  } catch { /* the storage is full: the browser asks before leaving */ }
}

function fill(form, draft) {
  for (const [name, value] of draft.values) {
    const control = form.elements.namedItem(name);
    if (!control) continue;
    control.value = value;
    if (control.matches(".input")) control.dispatchEvent(new Event("input", { bubbles: true })); // which shows the preview
  }
  one("[data-restored]", form).hidden = !changes(form).length;
}

function restore() {
  for (const draft of read()) {
    const form = all(FORMS).find((open) => action(open) === draft.action);
    if (!form || form.dataset.kept) continue;
    if (!changes(form).length) fill(form, draft);
    drop(draft.action);
  }
}

// A form of a page of its own that was sent, and led back to the model, has been saved.
function start() {
  const forms = all(FORMS).map(action);
  write(read().filter((draft) => !draft.sent || forms.includes(draft.action) || !draft.action.startsWith(location.pathname)));
  restore();
  for (const draft of read()) {
    const opener = all("[data-field] form[hx-get]").find((form) => action(form) === draft.action);
    if (opener) one("button:not(:disabled)", opener)?.click();
  }
}

function answered({ detail: { xhr, elt, requestConfig } }) {
  if ([401, 403, 423].includes(xhr.status)) keep(all(FORMS).filter((form) => changes(form).length));
  else if (xhr.status < 400 && requestConfig.verb === "post" && elt.matches(FORMS)) drop(action(elt));
}

function typed({ target }) {
  const form = target.closest(FORMS);
  if (!form) return;
  delete form.dataset.left;
  if (form.dataset.kept) keep([form]);
}

function cancelled(event) {
  const form = event.target.closest("[data-cancel]")?.closest(FORMS);
  if (!form || event.ctrlKey || event.metaKey || event.shiftKey) return;
  form.dataset.left = "1";
  drop(action(form));
}

// A page that is hidden reloads after a sign-out in another tab. Whoever stays can press the button that would have led away again.
function leaving(event) {
  if (document.body.hidden || !all(FORMS).some(isUnsaved)) return;
  event.preventDefault();
  setTimeout(() => {
    for (const form of all("form[data-sent]:not([hx-post])")) delete form.dataset.sent;
    for (const button of all("form:not([hx-post]) [aria-busy]")) button.removeAttribute("aria-busy");
  }, 1000);
}

function swapping({ detail }) {
  if (!detail.shouldSwap || detail.swapOverride === "none") return;
  const lost = all(FORMS, detail.target).find((form) => isUnsaved(form) && !form.closest("[data-field]")?.contains(detail.requestConfig?.elt));
  if (lost && !confirm(lost.dataset.draft)) detail.shouldSwap = false;
}

on("DOMContentLoaded", start);
on("htmx:afterSettle", restore);
on("htmx:beforeOnLoad", answered);
on("htmx:beforeSwap", swapping);
on("htmx:oobBeforeSwap", swapping);
on("submit", (event) => event.defaultPrevented || event.target.matches(`${FORMS}:not([hx-post])`) && keep([event.target], true));
on("input", typed);
on("click", cancelled, true);
addEventListener("beforeunload", leaving);
