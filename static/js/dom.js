// Short functions for common work on the document.

/** The first element that matches, or null. @param {string} selector @param {ParentNode} [root] @returns {any} */
export const one = (selector, root = document) => root.querySelector(selector);

/** All elements that match. @param {string} selector @param {ParentNode} [root] @returns {any[]} */
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Listens on the document, so that fragments swapped in later need no set-up. @param {string} name @param {(event: any) => void} act @param {boolean} [capture] */
export const on = (name, act, capture) => document.addEventListener(name, act, capture);

/** Elements where a key press is text, not a shortcut. */
export const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
