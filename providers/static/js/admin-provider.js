// While a provider is added, how to ask it is shown only where its adapter is the one that has no code.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const adapter = document.getElementById("id_adapter");
  const dialect = document.getElementById("dialect-group");
  if (!adapter || !dialect) return;
  const follow = () => {
    dialect.hidden = adapter.value !== "generic";
  };
  adapter.addEventListener("change", follow);
  follow();
});
