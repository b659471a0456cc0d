// Times in the reader's own zone.
import { all } from "./dom.js";

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

/** Shows the times, and updates them every minute. */
export function timesStart() {
  setInterval(() => document.hidden || timesShow(), 60000);
  timesShow();
}
