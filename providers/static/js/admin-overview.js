// Keeps the failover board current: fetched anew every few seconds, unless the page is hidden or a lever has the focus.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const board = document.getElementById("failover-board");
  if (!board) return;

  const refresh = async () => {
    if (document.hidden || board.contains(document.activeElement)) return;
    try {
      const answer = await fetch("?part=1", { credentials: "same-origin", redirect: "error" });
      board.classList.toggle("hub-lost", !answer.ok);
      if (answer.ok) board.innerHTML = await answer.text();
    } catch {
      board.classList.add("hub-lost"); // shown by the style sheet; the next round tries again
    }
  };

  setInterval(refresh, Number(board.dataset.refresh) * 1000);
});
