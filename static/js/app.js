// Starts everything that HTML and htmx cannot do by themselves. All visible text is in the templates.
import { dialogOpen, dialogsStart } from "./dialogs.js";
import { on, one } from "./dom.js";
import { keysStart } from "./keys.js";
import { partsLoad, problemsStart } from "./problems.js";
import { requestsStart } from "./requests.js";
import { tabsStart } from "./tabs.js";
import { timesShow, timesStart } from "./time.js";
import { toastsStart, toastsTend } from "./toasts.js";

function swapped(event) {
  timesShow(event.target.parentElement || document);
  toastsTend();
  partsLoad();
  if (event.target.closest?.("#dialog")) dialogOpen(one("#dialog dialog"));
}

for (const start of [requestsStart, tabsStart, toastsStart, dialogsStart]) start();
for (const start of [problemsStart, keysStart, timesStart, partsLoad]) start();
on("htmx:afterSettle", swapped);
