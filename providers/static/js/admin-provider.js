// Shows the request format on the form for a new provider only while the generic adapter is chosen.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const adapter = document.getElementById("id_adapter");
  const requestFormat = document.getElementById("request_format-group");
  if (!adapter || !requestFormat) return;
  const toggle = () => {
    requestFormat.hidden = adapter.value !== "generic";
  };
  adapter.addEventListener("change", toggle);
  toggle();
});
