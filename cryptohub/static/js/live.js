// Shared by pages that refresh themselves: they show whether they are live, and keep the reader's state.
//
//   <... data-live> with [data-live-text] inside shows "Live", or the time when updates stopped.
//   <span data-watch="KEY" data-value="V"> glows, up or down, when V has changed since the last refresh.
//   <time data-until datetime="..."> counts down.
//   <details id="..."> stay open or closed; selected text is not replaced.
(() => {
  const seen = new Map();
  const opened = new Set();

  const polls = (element) => /\bevery\b/.test(element?.getAttribute("hx-trigger") ?? "");

  const say = (live) => {
    for (const indicator of document.querySelectorAll("[data-live]")) {
      if (live === (indicator.dataset.state !== "lost")) continue;
      indicator.dataset.state = live ? "live" : "lost";
      const now = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
      indicator.querySelector("[data-live-text]").textContent = live ? "Live" : `Not updating since ${now}`;
    }
  };

  const left = (seconds) => {
    if (seconds <= 0) return "any moment";
    if (seconds < 60) return `in ${Math.ceil(seconds)} s`;
    if (seconds < 3600) return `in ${Math.ceil(seconds / 60)} min`;
    return `in ${Math.ceil(seconds / 3600)} h`;
  };

  const countDown = () => {
    for (const time of document.querySelectorAll("time[data-until]")) {
      time.textContent = left((Date.parse(time.dateTime) - Date.now()) / 1000);
    }
  };

  const selecting = (inside) => {
    const selection = document.getSelection();
    return selection !== null && !selection.isCollapsed && inside.contains(selection.anchorNode);
  };

  const remember = (inside) => {
    for (const span of inside.querySelectorAll("[data-watch]")) seen.set(span.dataset.watch, span.dataset.value);
    for (const details of inside.querySelectorAll("details[id]")) {
      if (details.open) opened.add(details.id);
      else opened.delete(details.id);
    }
  };

  const restore = (inside) => {
    for (const span of inside.querySelectorAll("[data-watch]")) {
      const before = seen.get(span.dataset.watch);
      if (before === undefined || before === span.dataset.value) continue;
      span.classList.add("changed", Number(span.dataset.value) > Number(before) ? "mk-rose" : "mk-fell");
    }
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    countDown();
  };

  document.addEventListener("DOMContentLoaded", () => {
    const body = document.body;
    countDown();
    setInterval(countDown, 1000);
    body.addEventListener("htmx:beforeSwap", (event) => {
      const { target, requestConfig } = event.detail;
      if (polls(requestConfig?.elt) && selecting(target)) event.detail.shouldSwap = false;
      else remember(target);
    });
    body.addEventListener("htmx:afterSwap", (event) => restore(event.detail.target));
    body.addEventListener("htmx:afterRequest", (event) => {
      if (polls(event.detail.elt)) say(event.detail.successful);
    });
  });
})();
