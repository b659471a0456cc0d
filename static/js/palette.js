// The palette: the links and buttons of the page, and the models of the project.
import { dialogOpen, dialogOpener } from "./dialogs.js";
import { all, on, one, TYPING } from "./dom.js";

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const MOST_ACTS = 6; // of the page while searching, so that the models below stay visible
const actFor = new WeakMap(); // maps an option to its link or button on the page
const paletteOptions = () => all("#palette .option").filter((option) => option.checkVisibility());
const paletteMarked = () => one("#palette [aria-selected=true]");
let paletteWaits = false; // Enter was pressed before the models arrived

/** Opens or closes the palette. @param {KeyboardEvent} event */
export function paletteKey(event) {
  const palette = one("#palette");
  if (!palette || (MAC && event.ctrlKey && event.target.closest(TYPING))) return; // on a Mac, Ctrl K deletes to the end of the line
  if (!palette.open && one("dialog[open]")) return;
  event.preventDefault();
  if (palette.open) palette.close();
  else paletteOpen(document.activeElement);
}

/** Opens the palette. @param {Element} from the element that gets the focus back */
export function paletteOpen(from) {
  if (!one("#palette")) return;
  dialogOpener(from);
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

/** Shows that the models have arrived. @param {boolean} lost whether the request failed */
export function paletteArrived(lost) {
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

function paletteSteer(event) {
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
  palette.addEventListener("close", () => setTimeout(() => act.click()), { once: true });
  palette.close();
}

function paletteClick(event) {
  if (event.target.closest("[data-palette]")) paletteOpen(event.target.closest("[data-palette]"));
  const option = event.target.closest("#palette .option");
  if (actFor.has(option)) paletteChoose(option);
}

/** Starts the palette. */
export function paletteStart() {
  on("click", paletteClick);
  on("input", paletteTyped);
  on("keydown", paletteSteer);
  if (MAC) for (const key of all("[data-palette] kbd")) key.textContent = "⌘ K";
}
