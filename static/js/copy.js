// Copying to the clipboard. Loaded where there is something to copy.
import { all, on, one } from "./dom.js";

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

on("click", copy);
