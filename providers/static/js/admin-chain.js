// A dragged link takes the tier of where it was dropped, so that tiers never decrease along the chain.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const group = document.getElementById("links-group");
  if (!group) return;

  const rows = () => [...group.querySelectorAll("tr.form-row.has_original")];
  const tier = (row) => row?.querySelector("td.field-tier input");

  const follow = (row) => {
    const all = rows();
    const at = all.indexOf(row);
    const input = tier(row);
    if (at < 0 || !input) return;
    const above = at > 0 ? Number(tier(all[at - 1]).value) : 0;
    const below = at < all.length - 1 ? Number(tier(all[at + 1]).value) : Infinity;
    const wanted = Math.max(above, Math.min(below, Number(input.value)));
    if (wanted === Number(input.value)) return;
    input.value = String(wanted);
    input.classList.add("hub-followed");
    input.title = "Follows the neighbours: tiers never decrease along the chain.";
  };

  group.addEventListener("end", (event) => follow(event.item));
  group.addEventListener("click", (event) => {
    if (event.target.closest(".move-begin, .move-end")) follow(event.target.closest("tr.form-row"));
  });
});
