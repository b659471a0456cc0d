// Times in the reader's own zone, and countdowns until the API accepts requests again.
import { all, one } from "./dom.js";

const YEAR = new Date().getFullYear();
const format = (options) => new Intl.DateTimeFormat("en-GB", options);
const DAY = format({ day: "numeric", month: "short" });
const DATE = format({ day: "numeric", month: "short", year: "numeric" });
const MOMENT = format({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
const AGO = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];

function ago(date) {
  const seconds = (date - Date.now()) / 1000;
  if (Math.abs(seconds) > 6 * 86400) return DATE.format(date);
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) || [];
  return unit ? AGO.format(Math.round(seconds / size), unit) : "just now";
}

function timeShow(element) {
  const date = new Date(element.dateTime);
  if (Number.isNaN(date.getTime())) return;
  const kind = element.dataset.time || "moment";
  if (!element.title) element.title = `${date.toISOString().replace("T", " ").slice(0, 19)} UTC`;
  const text = kind === "ago" ? ago(date)
    : kind === "date" ? (date.getFullYear() === YEAR ? DAY : DATE).format(date) : MOMENT.format(date);
  if (element.textContent !== text) element.textContent = text;
}

/** Shows times in the reader's own zone. @param {ParentNode} [root] */
export const timesShow = (root = document) => all("time[datetime]", root).forEach(timeShow);

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

/** Starts times, which are updated every minute, and countdowns. */
export function timesStart() {
  setInterval(() => document.hidden || timesShow(), 60000);
  timesShow();
  countdownsStart();
}
