// Refreshes the failover overview every few seconds, unless the page is hidden or one of its controls has the focus.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const overview = document.getElementById("failover-overview");
  if (!overview) return;

  const refresh = async () => {
    if (document.hidden || overview.contains(document.activeElement)) return;
    try {
      const response = await fetch("?part=1", { credentials: "same-origin", redirect: "error" });
      overview.classList.toggle("hub-lost", !response.ok);
      if (response.ok) overview.innerHTML = await response.text();
    } catch {
      overview.classList.add("hub-lost"); // the style sheet marks it; the next refresh tries again
    }
  };

  setInterval(refresh, Number(overview.dataset.refresh) * 1000);
});
