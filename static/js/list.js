// The models table: what is typed while an answer is under way, and going back in history.
import { on, one } from "./dom.js";

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

/** Forgets the filter or page that was under way: its answer is there, or will not come. */
export function listAnswered() {
  listAsked = "";
}

/** Starts the table. */
export function listStart() {
  on("htmx:configRequest", listAsk);
  addEventListener("popstate", historyGo); // before htmx's own
}
