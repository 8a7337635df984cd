// The scheme follows the system until the reader chooses; the choice is kept where storage is allowed.
const THEME_KEY = "evalkit-theme";

function storedTheme() {
  try { return localStorage.getItem(THEME_KEY); } catch { return null; }
}

function applyTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  const isDark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const button = document.getElementById("theme");
  if (button) {
    button.textContent = isDark ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to the ${isDark ? "light" : "dark"} scheme`);
    button.removeAttribute("aria-pressed");
  }
  return isDark;
}

export function watchTheme() {
  let isDark = applyTheme(storedTheme());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { isDark = applyTheme(storedTheme()); });
  document.getElementById("theme").addEventListener("click", () => {
    const theme = isDark ? "light" : "dark";
    try { localStorage.setItem(THEME_KEY, theme); } catch { /* a locked-down browser forgets it */ }
    isDark = applyTheme(theme);
  });
}

applyTheme(storedTheme());

