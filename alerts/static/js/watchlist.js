// Reorders coins by dragging: each drop posts the whole order. Buttons do the same without dragging.
(() => {
  const makeSortable = () => {
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

  document.addEventListener("DOMContentLoaded", makeSortable);
  document.addEventListener("htmx:load", makeSortable);

  // Highlight a price once when it changes.
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    const before = detail.target.querySelector("[data-figure]")?.textContent;
    const after = detail.fragment.querySelector("[data-figure]");
    if (before && after && before !== after.textContent) after.classList.add("changed");
  });
})();
