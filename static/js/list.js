// The models table: typing while a request is in progress, and going back in the history.
import { on, one } from "./dom.js";

let listAsked = ""; // the address of a filter, order or page in progress; a search typed meanwhile extends it

function listAsk({ detail }) {
  if (detail.elt.matches("[hx-sync='#models-search:replace'] a")) listAsked = detail.path;
  else if (detail.elt.id === "models-search" && listAsked) Object.assign(detail, { path: listAsked, parameters: { q: one("#models-q").value, page: 1 } });
}

// Back and Forward reload the page. It is made tall first, so that the browser can restore the scroll position.
function historyGo(event) {
  if (!event.state?.htmx) return;
  event.stopImmediatePropagation();
  document.body.style.minHeight = "999vh";
  setTimeout(() => location.reload());
}

/** Forgets the request in progress, once it has been answered or has failed. */
export function listAnswered() {
  listAsked = "";
}

/** Starts the table. */
export function listStart() {
  on("htmx:configRequest", listAsk);
  addEventListener("popstate", historyGo); // before htmx's own
}
