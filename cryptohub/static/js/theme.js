// Sets light or dark before the first paint: the reader's choice if stored, else the system's.
// Loaded in <head> without defer, so that the page never flashes in the other colours.
(() => {
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage may be disabled
    }
  };

  const apply = () => {
    document.documentElement.dataset.bsTheme = chosen() ?? (system.matches ? "dark" : "light");
  };

  apply();
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply);

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    const followsSystem = (next === "dark") === system.matches;
    try {
      if (followsSystem) localStorage.removeItem("theme");
      else localStorage.setItem("theme", next);
    } catch {
      // the choice lasts for this page only
    }
    document.documentElement.dataset.bsTheme = next;
  });
})();
