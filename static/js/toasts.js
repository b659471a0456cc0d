// Messages at the foot of the window.
import { all, on, one } from "./dom.js";

const KEPT = 4; // messages at once
const KEPT_DONE = 2; // of these, successes
const READ_FOR = 12000; // ms until a success message disappears, unless it is hovered or focused
const UNDO_FOR = 30000; // the same for a message with Undo, which the history also offers

/** Shows a message from a template. @param {string} template its id @param {(toast: Element) => void} [fill] @returns {Element} */
export function toastAdd(template, fill) {
  const toast = one(`#${template}`).content.firstElementChild.cloneNode(true);
  if (fill) fill(toast);
  one("#messages").append(toast);
  return toast;
}

/** Limits how many messages are shown and for how long. Runs for messages on the page and those that htmx adds. */
export function toastsTend() {
  const toasts = all("#messages > .toast");
  const done = toasts.filter((toast) => toast.matches(".success"));
  for (const toast of [...done.slice(0, -KEPT_DONE), ...toasts.slice(0, -KEPT)]) if (!toast.matches(":focus-within")) toast.remove();
  // What would stand above the window can't be read; the oldest go.
  for (const toast of toasts.slice(0, -1)) if (one("#messages").offsetHeight > innerHeight && !toast.matches(":focus-within")) toast.remove();
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

let worked = null; // the element outside the messages that had the focus last

// Messages appear at the bottom right, or at the bottom left if they would cover the focused element
// (WCAG 2.4.11). The top is the last resort: it has the main buttons.
function toastsPlace() {
  const box = one("#messages");
  const focus = document.activeElement;
  if (!box || !focus || focus === document.body || box.contains(focus)) return;
  worked = focus;
  const active = focus.closest(".editing, .conflict") || focus;
  for (const place of ["", "left", "up"]) {
    box.classList.toggle("left", place === "left");
    box.classList.toggle("up", place === "up");
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

/** Removes a message, and keeps the focus on the page. @param {Element} toast */
export function toastDrop(toast) {
  const held = toast.contains(document.activeElement);
  toast.remove();
  if (held) (one("#messages [data-dismiss]") || worked)?.focus();
}

/** Starts messages. */
export function toastsStart() {
  on("click", toastDismiss);
  on("focusin", toastsPlace);
  on("htmx:oobAfterSwap", toastsTend);
  toastsTend();
}
