// What the palette shows: the links and buttons of the page, and the models of the project. keys.js opens it, and loads
// this module when it is first opened.
import { all, on, one } from "./dom.js";

const MOST_ACTS = 6; // of the page while searching, so that the models below stay visible
const CONTROLS = ".edit, [data-find]"; // of the page
const actFor = new WeakMap(); // maps an option to its link or button on the page
const paletteOptions = () => all("#palette .option").filter((option) => option.checkVisibility());
const paletteMarked = () => one("#palette [aria-selected=true]");
let paletteWaits = false; // Enter was pressed before the models arrived

/** Fills the palette with what is on the page now. */
export function paletteFill() {
  const acts = all(CONTROLS).filter((control) => !control.matches(":disabled, [aria-disabled=true]"));
  const order = (control) => (control.closest("main") ? 0 : 1);
  one("#palette-acts").replaceChildren(...acts.sort((a, b) => order(a) - order(b)).map(paletteAct));
  paletteFilter();
  paletteMark(paletteOptions()[0]);
}

const paletteName = (control) => control.dataset.find || control.getAttribute("aria-label") || control.textContent.trim();

// The page may have been renewed under the open palette: the control is then the one of the same name.
const paletteControl = (act) => (act.isConnected ? act : all(CONTROLS).find((control) => paletteName(control) === paletteName(act)));

function paletteAct(control, number) {
  const option = one("#palette-option").content.firstElementChild.cloneNode(true);
  option.id = `palette-act-${number}`;
  one("span", option).textContent = paletteName(control);
  if (control.dataset.kind) one(".push", option).textContent = control.dataset.kind;
  actFor.set(option, control);
  return option;
}

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
  one("#palette-models").dataset.stale = "1"; // results of the previous search, until the new ones arrive
  paletteFilter();
  paletteMark(paletteOptions()[0]);
}

function paletteMark(option) {
  const field = one("#palette-q");
  paletteMarked()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option?.id ?? "");
}

// The models have arrived, or the request for them has failed.
function paletteArrived(lost) {
  const models = one("#palette-models");
  delete models.dataset.stale;
  if (lost) models.replaceChildren();
  if (lost) paletteWaits = false;
  const options = paletteOptions();
  const marked = paletteMarked();
  if (!marked?.checkVisibility()) paletteMark(options[0]);
  one("#palette-none").hidden = options.length > 0 || lost || Boolean(one(".note", models));
  one("#palette-lost").hidden = !lost;
  one("#palette-said").textContent = all("#palette .note").filter((note) => note.checkVisibility()).map((note) => note.textContent).join(" ") || `Found: ${options.length}`;
  if (paletteWaits && options.length) paletteChoose(paletteMarked());
}

/** Arrows, Home and End mark an option, Enter chooses it. */
export function paletteSteer(event) {
  if (event.target.id !== "palette-q" || event.isComposing) return;
  const options = paletteOptions();
  const at = options.indexOf(paletteMarked());
  const to = { ArrowDown: at + 1, ArrowUp: at > 0 ? at - 1 : -1, End: -1, Home: 0 }[event.key];
  if (to !== undefined) paletteMark(options.at(to % options.length));
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
  // The control is clicked after the palette has closed and the focus has returned.
  palette.addEventListener("close", () => setTimeout(() => paletteControl(act)?.click()), { once: true });
  palette.close();
}

function paletteClick(event) {
  const option = event.target.closest("#palette .option");
  if (actFor.has(option)) paletteChoose(option);
}

function paletteFailed(event) {
  const { requestConfig, xhr } = event.detail;
  if (requestConfig.elt.id !== "palette-q" || (event.type === "htmx:beforeSwap" && xhr.status < 400)) return;
  event.detail.shouldSwap = false;
  paletteArrived(true);
}

on("click", paletteClick);
on("input", paletteTyped);
on("keydown", paletteSteer);
on("htmx:afterSettle", (event) => event.target.id === "palette-models" && paletteArrived(false));
for (const name of ["htmx:beforeSwap", "htmx:sendError", "htmx:timeout"]) on(name, paletteFailed);
