// Shared by all pages: messages as toasts, ages that count up, and a notice when the connection is lost.
//
// For pages:  <time data-ago datetime="2026-01-01T00:00:00Z"></time> reads "12 s ago" and keeps counting.
//             A response with the header HX-Trigger: {"toast": {"level": "success", "text": "Saved"}} shows a toast.
//             An element with hx-trigger="every 5s" pauses while its tab is hidden.
(() => {
  const LEVELS = { success: "success", info: "primary", warning: "warning", error: "danger" };

  const show = (toast) => {
    const close = () => toast.remove();
    toast.querySelector("[data-close]").addEventListener("click", close);
    toast.classList.add("show");
    if (!toast.dataset.stay) setTimeout(close, 6000);
  };

  const toast = (level, text) => {
    const made = document.getElementById("toast-template").content.cloneNode(true).firstElementChild;
    made.querySelector("[data-dot]").classList.add(`bg-${LEVELS[level] ?? "primary"}`);
    made.querySelector("[data-text]").textContent = text;
    document.getElementById("toasts").append(made);
    show(made);
  };

  const ago = (seconds) => {
    if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s ago`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
    return `${Math.floor(seconds / 86400)} d ago`;
  };

  const count = () => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      time.textContent = ago((Date.now() - Date.parse(time.dateTime)) / 1000);
    }
  };

  const polls = (element) => /\bevery\b/.test(element.getAttribute("hx-trigger") ?? "");

  const lost = (is) => document.getElementById("lost").toggleAttribute("hidden", !is);

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("#toasts .toast").forEach(show);
    count();
    setInterval(count, 1000);
    document.body.addEventListener("toast", (event) => toast(event.detail.level, event.detail.text));
    document.body.addEventListener("htmx:afterSwap", count);
    document.body.addEventListener("htmx:beforeRequest", (event) => {
      if (document.hidden && polls(event.detail.elt)) event.preventDefault();
    });
    document.body.addEventListener("htmx:sendError", () => lost(true));
    document.body.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.successful) lost(false);
    });
    document.body.addEventListener("htmx:responseError", (event) => {
      if (polls(event.detail.elt)) lost(true);
      else toast("error", "That did not work. Nothing was changed.");
    });
  });
})();
