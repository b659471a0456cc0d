// Starts everything that HTML and htmx cannot do by themselves. All visible text is in the templates.
import { copyStart } from "./copy.js";
import { dialogOpen, dialogsStart } from "./dialogs.js";
import { on, one } from "./dom.js";
import { keysStart } from "./keys.js";
import { paletteArrived, paletteStart } from "./palette.js";
import { problemsStart } from "./problems.js";
import { requestsStart } from "./requests.js";
import { tabsStart } from "./tabs.js";
import { countdownsStart, timesShow, timesStart } from "./time.js";
import { toastsStart, toastsTend } from "./toasts.js";

function swapped(event) {
  if (event.target.id === "palette-models") paletteArrived(false);
  timesShow(event.target.parentElement || document);
  toastsTend();
  countdownsStart();
  if (event.target.closest?.("#dialog")) dialogOpen(one("#dialog dialog"));
}

for (const start of [requestsStart, paletteStart, tabsStart, toastsStart, dialogsStart, copyStart]) start();
for (const start of [problemsStart, keysStart, timesStart]) start();
on("htmx:afterSettle", swapped);
