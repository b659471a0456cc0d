// Failed requests: the problem is shown in the panel that sent the request, or in a message.
import { on, one } from "./dom.js";
import { toastAdd, toastsTend } from "./toasts.js";

const failed = new WeakMap(); // maps a problem on the page to the failed request

/** Loads what copy buttons and countdowns need, if there are any on the page. */
export async function partsLoad() {
  if (one("[data-copy], [data-copy-from]")) import("./copy.js");
  if (one("[data-countdown]")) (await import("./countdowns.js")).countdownsStart();
}

function problemLand(event) {
  const detail = event.detail;
  const status = detail.xhr.status;
  if (status < 400) return;
  const page = new DOMParser().parseFromString(detail.serverResponse, "text/html");
  const problem = one(".problem", page);
  // A form returned with 409 or 422 replaces the old one; a problem with these statuses is handled like any other.
  if ((status === 409 || status === 422) && !page.body.firstElementChild?.matches(".problem")) return;
  detail.ignoreTitle = true;
  const { elt } = detail.requestConfig; // the element that sent the request; detail.elt is the target
  if (elt.matches("[data-quiet]")) return;
  if (detail.xhr.getResponseHeader("HX-Reswap")) return; // the response sets where it is shown
  detail.swapOverride = "none";
  if (detail.target.matches("[data-panel]") && problem) {
    detail.serverResponse = problem.outerHTML;
    detail.swapOverride = "innerHTML";
    failed.set(detail.target, detail.requestConfig);
    return;
  }
  if (one("[hx-swap-oob]", page)) return; // the response brings its own message out of band
  const toast = toastAdd(problem ? "toast-problem" : "toast-failed", (box) => problem && box.prepend(document.adoptNode(problem)));
  failed.set(toast, detail.requestConfig);
  toastsTend();
  partsLoad();
}

function requestLost(event) {
  const { elt, requestConfig } = event.detail;
  if (elt.matches("[data-quiet], [data-poll]")) return;
  const toast = toastAdd(requestConfig.verb === "get" ? "toast-lost" : "toast-lost-change");
  failed.set(toast, requestConfig);
  toastsTend();
}

// Only reads are retried; a change is never repeated from here.
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

/** Starts showing problems. */
export function problemsStart() {
  // A request cancelled by a newer one, or by leaving the page, is not an error.
  if (window.htmx) htmx.logger = (_, name, detail) => /sendAbort|afterRequest/.test(name) && delete detail.error;
  on("click", retry);
  on("htmx:beforeSwap", problemLand);
  on("htmx:sendError", requestLost);
  on("htmx:timeout", requestLost);
}
