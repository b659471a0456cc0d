// Loaded before the stylesheet, so that a remembered theme is there at the first paint.
(() => {
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch { /* storage is off: the system's theme holds */ }
})();
