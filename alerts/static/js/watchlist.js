// Dragging coins into order. The server is told the whole order; buttons do the same for those who do not drag.
(() => {
  const prepare = () => {
    for (const list of document.querySelectorAll("[data-sortable]")) {
      if (Sortable.get(list)) continue;
      Sortable.create(list, {
        handle: ".watch-grip",
        animation: 150,
        ghostClass: "watch-ghost",
        onEnd: ({ oldIndex, newIndex }) => {
          if (oldIndex !== newIndex) list.closest("form").requestSubmit();
        },
      });
    }
  };

  document.addEventListener("DOMContentLoaded", prepare);
  document.addEventListener("htmx:load", prepare);

  // A price that is not the one before glows once.
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    const before = detail.target.querySelector("[data-figure]")?.textContent;
    const after = detail.fragment.querySelector("[data-figure]");
    if (before && after && before !== after.textContent) after.classList.add("changed");
  });
})();
