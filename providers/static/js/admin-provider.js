// While a provider is added, how to ask it is shown only where its adapter is the one that has no code.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const adapter = document.getElementById("id_adapter");
  const request_format = document.getElementById("request_format-group");
  if (!adapter || !request_format) return;
  const follow = () => {
    request_format.hidden = adapter.value !== "generic";
  };
  adapter.addEventListener("change", follow);
  follow();
});
