// Gives a dragged link a tier that fits its new neighbours, so that tiers never decrease along the chain.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const group = document.getElementById("links-group");
  if (!group) return;

  const rows = () => [...group.querySelectorAll("tr.form-row.has_original")];
  const tierInput = (row) => row?.querySelector("td.field-tier input");

  const adjustTier = (row) => {
    const all = rows();
    const index = all.indexOf(row);
    const input = tierInput(row);
    if (index < 0 || !input) return;
    const above = index > 0 ? Number(tierInput(all[index - 1]).value) : 0;
    const below = index < all.length - 1 ? Number(tierInput(all[index + 1]).value) : Infinity;
    const tier = Math.max(above, Math.min(below, Number(input.value)));
    if (tier === Number(input.value)) return;
    input.value = String(tier);
    input.classList.add("hub-adjusted");
    input.title = "Adjusted to the neighbours: tiers never decrease along the chain.";
  };

  group.addEventListener("end", (event) => adjustTier(event.item));
  group.addEventListener("click", (event) => {
    if (event.target.closest(".move-begin, .move-end")) adjustTier(event.target.closest("tr.form-row"));
  });
});
