// Keyboard shortcuts that work on every page, and opening the palette.
import { dialogOpen, dialogOpener, menuEscape } from "./dialogs.js";
import { all, on, one, TYPING } from "./dom.js";

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

// The palette opens at once, so that what is typed goes into it; its module is loaded when it is first
// opened, and gets the keys that were pressed meanwhile.
async function paletteOpen(from) {
  if (!one("#palette")) return;
  dialogOpener(from);
  one("#palette-q").value = "";
  one("#palette-models").replaceChildren();
  dialogOpen(one("#palette"));
  const keys = [];
  const keep = (event) => keys.push(event) && event.key === "Enter" && event.preventDefault();
  one("#palette").addEventListener("keydown", keep);
  const { paletteFill, paletteSteer } = await import("./palette.js");
  one("#palette").removeEventListener("keydown", keep);
  paletteFill();
  if (one("#palette").open) keys.forEach(paletteSteer);
}

function paletteKey(event) {
  const palette = one("#palette");
  if (!palette || (MAC && event.ctrlKey && event.target.closest(TYPING))) return; // on a Mac, Ctrl K deletes to the end of the line
  if (!palette.open && one("dialog[open]")) return;
  event.preventDefault();
  if (palette.open) palette.close();
  else paletteOpen(document.activeElement);
}

function paletteClick(event) {
  const button = event.target.closest("[data-palette]");
  if (button) paletteOpen(button);
}

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
  E: () => one("[data-edit-all]")?.click(),
  j: () => rowMove(1),
  k: () => rowMove(-1),
  e: editKey,
  "?": () => { dialogOpener(document.activeElement); dialogOpen(one("#keys")); },
};

// Cancels the edit, or dismisses the message, that has the focus.
function placeEscape(event) {
  const place = event.target.closest("[data-field], .toast");
  if (place) one("[data-cancel], [data-dismiss]", place)?.click();
}

function keyPressed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return paletteKey(event);
  if (event.key === "Escape" && !event.isComposing) return void (menuEscape() || placeEscape(event));
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  const act = KEYS[event.key];
  if (!act || event.target.closest(TYPING) || one("dialog[open]")) return;
  event.preventDefault();
  act();
}

/** Starts the keyboard shortcuts. */
export function keysStart() {
  on("click", paletteClick);
  on("keydown", keyPressed);
  if (MAC) for (const key of all("[data-palette] kbd")) key.textContent = "⌘ K";
}
