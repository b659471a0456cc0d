// Countdowns until the API accepts requests again. Loaded where there is one.
import { all, one } from "./dom.js";

/** Starts the countdowns that are not running yet. */
export function countdownsStart() {
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
