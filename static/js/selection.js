// The selection on the models page: kept in this tab, for each project, while paging, sorting and searching.
// Without this script, the form submits the checkboxes of one page, or all matching models.

const form = () => document.querySelector("#selection");
const boxes = () => [...document.querySelectorAll("input[form=selection][name=id]")];
const all = () => document.querySelector("#selection [name=all]");
const slot = () => `selection:${form()?.dataset.selection ?? ""}`;
const read = () => new Set(JSON.parse(sessionStorage.getItem(slot()) || "[]"));
let last = null; // the checkbox changed last, where a Shift range begins

function write(chosen) {
  if (chosen.size) sessionStorage.setItem(slot(), JSON.stringify([...chosen]));
  else sessionStorage.removeItem(slot());
  show();
}

function show() {
  if (!form()) return;
  const chosen = read();
  const every = Boolean(all()?.checked);
  const here = boxes();
  for (const box of here) {
    box.checked = every || chosen.has(box.value);
    box.disabled = every;
  }
  const marked = here.filter((box) => box.checked).length;
  const head = document.querySelector("[data-select-all]");
  head.checked = marked > 0 && marked === here.length;
  head.indeterminate = marked > 0 && marked < here.length;
  head.disabled = every;
  say(every, chosen.size, marked);
}

function say(every, count, marked) {
  const said = form().querySelector("[data-selection-said]");
  const away = count - marked;
  const text = every ? all().parentElement.textContent.trim() : count ? `${count.toLocaleString("en-GB")} selected${away ? `, ${away.toLocaleString("en-GB")} of them on other pages` : ""}` : said.dataset.none;
  if (said.textContent !== text) said.textContent = text;
  form().toggleAttribute("data-some", every || count > 0);
}

function put(changed, checked) {
  const chosen = read();
  for (const box of changed) {
    if (checked) chosen.add(box.value);
    else chosen.delete(box.value);
  }
  write(chosen);
}

// With Shift, every row from the last one to this one.
function toggle(box, checked, range) {
  const here = boxes();
  const [from, to] = [here.indexOf(last), here.indexOf(box)].sort((a, b) => a - b);
  put(range && from >= 0 ? here.slice(from, to + 1) : [box], checked);
  last = box;
}

function pressed(event) {
  const box = event.target;
  if (box.matches?.("[data-select-all]")) return put(boxes(), box.checked);
  if (box.matches?.("#selection [name=all]")) return show();
  if (!box.matches?.("input[form=selection][name=id]")) return;
  toggle(box, box.checked, shift);
}

let shift = false; // a change event does not include the Shift key
document.addEventListener("click", (event) => {
  shift = event.shiftKey;
  if (!event.target.closest?.("[data-selection-clear]")) return;
  if (all()) all().checked = false;
  write(new Set());
}, true);
document.addEventListener("change", pressed);

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("textarea, select, input:not([type=checkbox])")) return;
  const box = event.target.closest("[data-rows] tr")?.querySelector("input[form=selection]");
  if (!box || box.disabled) return;
  event.preventDefault();
  toggle(box, !box.checked, event.shiftKey);
});

// Models selected on other pages are submitted in one hidden field.
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-selection-used]")) {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith("selection:")) sessionStorage.removeItem(name);
  }
  if (event.target !== form()) return;
  form().querySelector("[data-carried]")?.remove();
  if (all()?.checked) return;
  const here = new Set(boxes().map((box) => box.value));
  const away = [...read()].filter((id) => !here.has(id)).join(" ");
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "ids", value: away });
  field.dataset.carried = "1";
  form().append(field);
}, true);

document.addEventListener("htmx:afterSettle", show);
addEventListener("pageshow", show);
show();
