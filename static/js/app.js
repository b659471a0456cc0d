// What neither HTML nor htmx does by itself. Every listener is delegated from the document, so that
// fragments swapped in later need no set-up. All sentences a person reads stand in templates.
"use strict";

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (name, act, options) => document.addEventListener(name, act, options);

// ---- Theme
const tabs = new BroadcastChannel("console");

// The server writes the theme into the page from this cookie, which also outlives signing out.
function themeShow(theme) {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else if (theme) delete root.dataset.theme;
  for (const button of all("[data-theme-set]")) button.setAttribute("aria-pressed", button.dataset.themeSet === (root.dataset.theme || "system"));
}

function themeChoose(event) {
  const theme = event.target.closest("[data-theme-set]")?.dataset.themeSet;
  if (!theme) return;
  themeShow(theme);
  document.cookie = `theme=${theme}; path=/; samesite=lax; max-age=${theme === "system" ? 0 : 31536000}${location.protocol === "https:" ? "; secure" : ""}`;
  tabs.postMessage(`theme ${theme}`);
}

// ---- Messages
const KEPT = 4; // messages at once
const KEPT_DONE = 2; // of these, successes
const READ_FOR = 12000; // ms until a plain success leaves by itself, unless one is on it
const UNDO_FOR = 30000; // the same with Undo, which the history goes on to offer

function toastAdd(template, fill) {
  const toast = one(`#${template}`).content.firstElementChild.cloneNode(true);
  if (fill) fill(toast);
  one("#messages").append(toast);
  return toast;
}

// Runs for messages of the page and for those that htmx brings.
function toastsTend() {
  const toasts = all("#messages > .toast");
  const done = toasts.filter((toast) => toast.matches(".success"));
  for (const toast of [...done.slice(0, -KEPT_DONE), ...toasts.slice(0, -KEPT)]) if (!toast.matches(":focus-within")) toast.remove();
  for (const toast of toasts) {
    if (toast.dataset.tended) continue;
    toast.dataset.tended = "1";
    if (toast.matches(".success")) toastFade(toast, one("form", toast) ? UNDO_FOR : READ_FOR);
  }
  toastsPlace();
}

function toastFade(toast, time) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within") || document.hidden) toastFade(toast, time);
    else toast.remove();
  }, time);
}

let worked = null; // what had the focus outside of the messages

// Messages stand at the foot on the right; on the left where they would lie on what one works on
// (WCAG 2.4.11), else the page moves to make room. The top comes last: a page's main buttons are there.
function toastsPlace() {
  const box = one("#messages");
  const focus = document.activeElement;
  if (!box || !focus || focus === document.body || box.contains(focus)) return;
  worked = focus;
  const active = focus.closest(".editing, .conflict") || focus;
  for (const place of ["", "left", "room", "up"]) {
    box.classList.toggle("left", place === "left");
    box.classList.toggle("up", place === "up");
    if (place === "room") scrollBy({ top: active.getBoundingClientRect().bottom + 8 - box.getBoundingClientRect().top, behavior: "instant" });
    if (!overlap(box, active)) return;
  }
}

function overlap(box, thing) {
  const a = box.getBoundingClientRect();
  const b = thing.getBoundingClientRect();
  return a.height > 0 && b.bottom > a.top && b.top < a.bottom && b.right > a.left && b.left < a.right;
}

function toastDismiss(event) {
  const toast = event.target.closest("[data-dismiss]")?.closest(".toast, .banner");
  if (toast) toastDrop(toast);
}

function toastDrop(toast) {
  const held = toast.contains(document.activeElement);
  toast.remove();
  if (held) (one("#messages [data-dismiss]") || worked)?.focus();
}

// ---- Menus
function menusClose(event) {
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
}

function menuEscape() {
  const menu = one("details.menu[open]");
  if (!menu || one("dialog[open]")) return false; // what lies on top closes first
  menu.open = false;
  one("summary", menu).focus();
  return true;
}

// ---- Dialogs
let opener = null;

function dialogOpen(dialog) {
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

// A dangerous button waits until the name is typed. Without this script the server alone checks.
function matchCheck(root) {
  for (const input of all("[data-match]", root)) {
    const button = one("[data-match-submit]", input.form);
    if (button) button.disabled = input.value.trim() !== input.dataset.match;
  }
}

// ---- One press, one request
const pressed = new WeakMap(); // the element of a request -> what shows that it is at work

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

// A form that htmx does not take over leaves the page: it stays marked until the next page is there.
function plainSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.matches("[data-again]")) return;
  form.dataset.sent = "1";
  busySet(event.submitter || one("[type=submit], button:not([type])", form), true);
  if (form.matches("[data-signout]")) sessionStorage.setItem("signing-out", "1");
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
  if (target?.id === "dialog" && !target.contains(elt)) opener = elt;
  if (target?.matches("[data-field]")) fieldTouched = target.dataset.field;
}

function requestEnds(event) {
  const { control, form } = pressed.get(event.detail.requestConfig) || {};
  busySet(control, false);
  if (!form) return;
  delete form.dataset.sent;
  const toast = form.closest(".toast");
  if (toast && event.detail.successful) toastDrop(toast); // what it offered is done, and its answer is there
}

// ---- The list
let listAsked = ""; // a filter, an order or a page under way: letters typed meanwhile go on from there

function listAsk({ detail }) {
  if (detail.elt.matches("[hx-sync='#models-search:replace'] a")) listAsked = detail.path;
  else if (detail.elt.id === "models-search" && listAsked) Object.assign(detail, { path: listAsked, parameters: { q: one("#models-q").value, page: 1 } });
}

// Back and Forward read the page again where it was left; room is made for the browser to go there first.
function historyGo(event) {
  if (!event.state?.htmx) return;
  event.stopImmediatePropagation();
  document.body.style.minHeight = "999vh";
  setTimeout(() => location.reload());
}

// ---- Failures of a request
const failed = new WeakMap(); // a problem on the page -> the request that it answers

function problemLand(event) {
  const detail = event.detail;
  const status = detail.xhr.status;
  if (status < 400) return;
  listAsked = "";
  const page = new DOMParser().parseFromString(detail.serverResponse, "text/html");
  const problem = one(".problem", page);
  // A form comes back with 409 or 422 and takes its place; a problem with these is a problem like any other.
  if ((status === 409 || status === 422) && !page.body.firstElementChild?.matches(".problem")) return;
  detail.ignoreTitle = true;
  const { elt } = detail.requestConfig; // what asked; detail.elt is what is asked for
  if (elt.id === "palette-q") {
    detail.shouldSwap = false;
    paletteArrived(true);
  }
  if (elt.matches("[data-quiet]")) return;
  if (detail.xhr.getResponseHeader("HX-Reswap")) return; // the answer says for itself where it lands
  detail.swapOverride = "none";
  if (detail.target.matches("[data-panel]") && problem) {
    detail.serverResponse = problem.outerHTML;
    detail.swapOverride = "innerHTML";
    failed.set(detail.target, detail.requestConfig);
    return;
  }
  if (one("[hx-swap-oob]", page)) return; // its own message lands out of band
  const toast = toastAdd(problem ? "toast-problem" : "toast-failed", (box) => problem && box.prepend(document.adoptNode(problem)));
  failed.set(toast, detail.requestConfig);
  toastsTend();
  countdownsStart();
}

function requestLost(event) {
  listAsked = "";
  const { elt, requestConfig } = event.detail;
  if (elt.id === "palette-q") return paletteArrived(true);
  if (elt.matches("[data-quiet], [data-poll]")) return;
  const toast = toastAdd(requestConfig.verb === "get" ? "toast-lost" : "toast-lost-change");
  failed.set(toast, requestConfig);
  toastsTend();
}

// Only what reads is asked again; a change is never repeated from here.
function retry(event) {
  const control = event.target.closest("[data-retry]");
  const holder = control && [control.closest(".toast"), control.closest("[data-panel]")].find((box) => box && failed.has(box));
  if (!holder) return;
  const request = failed.get(holder);
  if (request.verb !== "get" || !request.elt.isConnected) return;
  event.preventDefault();
  if (holder.matches(".toast")) holder.remove();
  const target = request.target.isConnected ? request.target : one("main");
  htmx.ajax("GET", request.path, { source: request.elt, target });
}

function connectionShow() {
  const banner = one("#offline");
  if (banner) banner.hidden = navigator.onLine;
  if (navigator.onLine) pollsResume();
}

function pollsResume() {
  if (!document.hidden) for (const element of all("[data-poll]")) htmx.trigger(element, "poll");
}

// ---- Fields edited in place
let fieldTouched = null;

function fieldFocus(event) {
  const field = event.target;
  if (!field.matches?.("[data-field]") || field.dataset.field !== fieldTouched) return;
  fieldTouched = null;
  if (field.contains(document.activeElement)) return;
  const next = one("[aria-invalid=true], [autofocus], .edit", field) || one("input:not([type=hidden]), button", field);
  next?.focus();
}

function placeEscape(event) {
  const place = event.target.closest("[data-field], .toast");
  if (place) one("[data-cancel], [data-dismiss]", place)?.click();
}

// ---- Copying
async function copy(event) {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copyFrom && all(button.dataset.copyFrom, button.closest("section, .card") || document)
    .find((element) => element.checkVisibility());
  const text = source ? source.textContent.trim() : button.dataset.copy;
  if (!(await copyText(text, button))) return;
  copied(button);
}

function copied(button) {
  const icon = one("use", button);
  const label = icon ? null : button.textContent;
  if (icon) icon.setAttribute("href", "#i-check");
  else button.textContent = "Copied";
  one("#said").textContent = "Copied";
  setTimeout(() => {
    if (icon) icon.setAttribute("href", "#i-clipboard");
    else button.textContent = label;
    one("#said").textContent = "";
  }, 2000);
}

async function copyText(text, near) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // plain HTTP has no clipboard API
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr";
    near.after(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    near.focus();
    return done;
  }
}

// ---- Time
const YEAR = new Date().getFullYear();
const format = (options) => new Intl.DateTimeFormat("en-GB", options);
const DAY = format({ day: "numeric", month: "short" });
const DATE = format({ day: "numeric", month: "short", year: "numeric" });
const MOMENT = format({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
const AGO = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];

function ago(date) {
  const seconds = (date - Date.now()) / 1000;
  if (Math.abs(seconds) > 6 * 86400) return DATE.format(date);
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) || [];
  return unit ? AGO.format(Math.round(seconds / size), unit) : "just now";
}

function timeShow(element) {
  const date = new Date(element.dateTime);
  if (Number.isNaN(date.getTime())) return;
  const kind = element.dataset.time || "moment";
  if (!element.title) element.title = `${date.toISOString().replace("T", " ").slice(0, 19)} UTC`;
  const text = kind === "ago" ? ago(date)
    : kind === "date" ? (date.getFullYear() === YEAR ? DAY : DATE).format(date) : MOMENT.format(date);
  if (element.textContent !== text) element.textContent = text;
}

const timesShow = (root = document) => all("time[datetime]", root).forEach(timeShow);

// ---- Waiting as long as the API asked
function countdownsStart() {
  for (const element of all("[data-countdown]:not([data-counting])")) countdownRun(element);
}

function countdownRun(element) {
  element.dataset.counting = "1";
  const until = Date.now() + Number(element.dataset.countdown) * 1000;
  const holder = element.closest(".problem, form, .banner, .card") || element.parentElement;
  const controls = all("[data-retry], [data-wait]", holder);
  const step = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    for (const control of controls) control.setAttribute("aria-disabled", left > 0);
    const seconds = one("b", element);
    if (seconds) seconds.textContent = left > 60 ? `${Math.ceil(left / 60)} min` : `${Math.max(left, 0)} s`;
    if (left <= 0) element.hidden = true;
    else if (element.isConnected) setTimeout(step, 500);
  };
  step();
}

// ---- Keys
const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

function rowMove(by) {
  const links = all("[data-rows] .name").filter((link) => link.checkVisibility());
  const row = document.activeElement.closest?.("[data-rows] tr, [data-rows] li");
  const at = links.findIndex((link) => row?.contains(link));
  const next = links[at < 0 ? (by > 0 ? 0 : -1) : at + by] || links.at(at < 0 ? -1 : at);
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function editKey() {
  const row = document.activeElement.closest?.("[data-rows] tr");
  const target = row ? one(".name", row) : one(".edit", document.activeElement.closest?.("[data-field]") || document);
  target?.click();
}

function searchKey() {
  const field = one("[data-search]");
  if (!field) return paletteOpen(document.activeElement);
  field.focus();
  field.select();
}

const KEYS = {
  "/": searchKey,
  j: () => rowMove(1),
  k: () => rowMove(-1),
  e: editKey,
  "?": () => { opener = document.activeElement; dialogOpen(one("#keys")); },
};

function keyPressed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return paletteKey(event);
  if (event.key === "Escape" && !event.isComposing) return void (menuEscape() || placeEscape(event));
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  const act = KEYS[event.key];
  if (!act || event.target.closest(TYPING) || one("dialog[open]")) return;
  event.preventDefault();
  act();
}

// ---- Palette
const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const MOST_ACTS = 6; // while something is typed: the models come after them
const actFor = new WeakMap(); // an option -> the link or button of the page that it stands for
let paletteWaits = false; // Enter was pressed before the models had come

const paletteOptions = () => all("#palette .option").filter((option) => option.checkVisibility());
const paletteMarked = () => one("#palette [aria-selected=true]");

function paletteKey(event) {
  const palette = one("#palette");
  if (!palette || (MAC && event.ctrlKey && event.target.closest(TYPING))) return; // there Ctrl K cuts a line
  if (!palette.open && one("dialog[open]")) return;
  event.preventDefault();
  if (palette.open) palette.close();
  else paletteOpen(document.activeElement);
}

function paletteOpen(from) {
  if (!one("#palette")) return;
  opener = from;
  one("#palette-q").value = "";
  one("#palette-models").replaceChildren();
  const acts = all(".edit, [data-find]").filter((control) => !control.matches(":disabled, [aria-disabled=true]"));
  const order = (control) => (control.closest("main") ? 0 : 1);
  one("#palette-acts").replaceChildren(...acts.sort((a, b) => order(a) - order(b)).map(paletteAct));
  paletteFilter();
  dialogOpen(one("#palette"));
  paletteMark(paletteOptions()[0]);
}

function paletteAct(control, number) {
  const option = one("#palette-option").content.firstElementChild.cloneNode(true);
  option.id = `palette-act-${number}`;
  one("span", option).textContent = control.dataset.find || control.getAttribute("aria-label") || control.textContent.trim();
  if (control.dataset.kind) one(".push", option).textContent = control.dataset.kind;
  actFor.set(option, control);
  return option;
}

// Each word typed has to begin a word of the option.
function paletteFilter() {
  const words = one("#palette-q").value.toLowerCase().split(/\s+/).filter(Boolean);
  let room = words.length ? MOST_ACTS : Infinity;
  for (const option of all("#palette-acts > *")) {
    const text = ` ${option.textContent.toLowerCase().replace(/[^\p{L}\p{N}_-]+/gu, " ")}`;
    option.hidden = !words.every((word) => text.includes(` ${word}`)) || room-- <= 0;
  }
}

function paletteTyped(event) {
  if (event.target.id !== "palette-q") return;
  paletteWaits = false;
  one("#palette-lost").hidden = true;
  one("#palette-models").dataset.stale = "1"; // answers to other words, until the next ones are there
  paletteFilter();
  paletteMark(paletteOptions()[0]);
}

function paletteMark(option) {
  const field = one("#palette-q");
  paletteMarked()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
}

function paletteArrived(lost) {
  const models = one("#palette-models");
  delete models.dataset.stale;
  if (lost) {
    models.replaceChildren();
    paletteWaits = false;
  }
  const options = paletteOptions();
  const marked = paletteMarked();
  if (!marked?.checkVisibility()) paletteMark(options[0]);
  one("#palette-none").hidden = options.length > 0 || lost || Boolean(one(".note", models));
  one("#palette-lost").hidden = !lost;
  one("#palette-said").textContent = all("#palette .note").filter((note) => note.checkVisibility()).map((note) => note.textContent).join(" ") || `Found: ${options.length}`;
  if (paletteWaits && options.length) paletteChoose(paletteMarked());
}

function paletteSteer(event) {
  if (event.target.id !== "palette-q" || event.isComposing) return;
  const options = paletteOptions();
  const at = options.indexOf(paletteMarked());
  const last = options.length - 1;
  const to = { ArrowDown: at < last ? at + 1 : 0, ArrowUp: at > 0 ? at - 1 : last, End: last, Home: 0 }[event.key];
  if (to !== undefined) paletteMark(options[to]);
  else if (event.key !== "Enter") return;
  else if (options[at] && !options[at].closest("[data-stale]")) paletteChoose(options[at]);
  else paletteWaits = true;
  event.preventDefault();
}

function paletteChoose(option) {
  paletteWaits = false;
  const act = actFor.get(option);
  if (!act) return option.click();
  const palette = one("#palette");
  // First the focus goes back to where it was; then the control is pressed as if by hand.
  palette.addEventListener("close", () => setTimeout(() => act.click()), { once: true });
  palette.close();
}

function paletteClick(event) {
  if (event.target.closest("[data-palette]")) paletteOpen(event.target.closest("[data-palette]"));
  const option = event.target.closest("#palette .option");
  if (actFor.has(option)) paletteChoose(option);
}

// ---- Other tabs, and pages kept by the browser
function tabsListen() {
  const signedIn = document.body.matches("[data-signed-in]");
  tabs.onmessage = ({ data }) => {
    if (data.startsWith("theme ")) return themeShow(data.slice(6));
    if (!signedIn) return;
    document.body.hidden = true; // nothing stays readable while the page asks who is there
    location.reload();
  };
  if (sessionStorage.getItem("signing-out") && !signedIn) tabs.postMessage("signed-out");
  sessionStorage.removeItem("signing-out");
}

// ---- Start
function settled(event) {
  if (event.target.id === "palette-models") paletteArrived(false);
  if (event.target.id === "models-results") listAsked = "";
  timesShow(event.target.parentElement || document);
  toastsTend();
  countdownsStart();
  if (event.target.closest?.("#dialog")) dialogOpen(one("#dialog dialog"));
  fieldFocus(event);
}

on("click", busyGuard, true);
on("submit", busyGuard, true);
for (const act of [paletteClick, themeChoose, toastDismiss, menusClose, dialogClick, copy, retry]) on("click", act);
on("submit", plainSubmit);
on("close", dialogClosed, true);
on("input", (event) => event.target.matches("[data-match]") && matchCheck(event.target.form));
on("input", paletteTyped);
on("keydown", paletteSteer);
on("keydown", keyPressed);
on("focusin", toastsPlace);
on("visibilitychange", pollsResume);
// A request taken back, for a newer one or with its page, is no error.
if (window.htmx) htmx.logger = (_, name, detail) => /sendAbort|afterRequest/.test(name) && delete detail.error;
on("htmx:configRequest", listAsk);
on("htmx:beforeRequest", requestStarts);
on("htmx:afterRequest", requestEnds);
on("htmx:beforeSwap", problemLand);
on("htmx:afterSettle", settled);
on("htmx:oobAfterSwap", toastsTend);
on("htmx:sendError", requestLost);
on("htmx:timeout", requestLost);
addEventListener("online", connectionShow);
addEventListener("offline", connectionShow);
addEventListener("popstate", historyGo); // before htmx's own
addEventListener("pageshow", (event) => event.persisted && location.reload());
setInterval(() => document.hidden || timesShow(), 60000);
themeShow(document.cookie.match(/(?:^|; )theme=(\w+)/)?.[1]); // a page made without the request has not read it
timesShow();
toastsTend();
countdownsStart();
connectionShow();
tabsListen();
all("dialog[data-open]").forEach(dialogOpen);
if (MAC) for (const key of all("[data-palette] kbd")) key.textContent = "⌘ K";
