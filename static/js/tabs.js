// The theme, and the browser's other tabs: they take on a new theme, and reload after a sign-out. What drafts.js keeps is deleted
// then, and when someone else has signed in.
import { all, one } from "./dom.js";

const channel = new BroadcastChannel("console");

function themeShow(theme) {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else if (theme) delete root.dataset.theme;
  for (const button of all("[data-theme-set]")) button.setAttribute("aria-pressed", button.dataset.themeSet === (root.dataset.theme || "system"));
}

function themeChoose(event) {
  const theme = event.target.closest("[data-theme-set]")?.dataset.themeSet;
  if (!theme) return;
  themeShow(theme);
  document.cookie = `theme=${theme}; path=/; samesite=lax; max-age=${theme === "system" ? 0 : 31536000}${location.protocol === "https:" ? "; secure" : ""}`;
  tabsTell(`theme ${theme}`);
}

function draftsTend(person) {
  const drafts = JSON.parse(sessionStorage.getItem("drafts") || "[]");
  if (person && drafts.some((draft) => draft.person !== person)) sessionStorage.removeItem("drafts");
}

function tabsTell(text) {
  channel.postMessage(text);
}

/** Starts the theme, and listening to other tabs. */
export function tabsStart() {
  document.addEventListener("click", themeChoose);
  themeShow(document.cookie.match(/(?:^|; )theme=(\w+)/)?.[1]); // a page rendered without the request does not include the theme
  const signedIn = document.body.matches("[data-signed-in]");
  draftsTend(document.body.dataset.signedIn);
  channel.onmessage = ({ data }) => {
    if (data.startsWith("theme ")) return themeShow(data.slice(6));
    sessionStorage.removeItem("drafts");
    if (!signedIn) return;
    document.body.hidden = true; // nothing stays readable while the page reloads
    location.reload();
  };
  if (one("[data-signed-out]")) { // not a mark in the storage, which the response to signing out clears
    sessionStorage.removeItem("drafts");
    tabsTell("signed-out");
  }
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
