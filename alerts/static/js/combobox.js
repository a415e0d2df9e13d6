// The box that asks for a coin: suggestions come from the server, keys and clicks pick one of them.
//
// [data-combobox] holds the input (role="combobox"), the hidden field [data-picked] and the list (role="listbox").
// A pick puts the coin's name into the input and its slug into the hidden field; typing on forgets the slug, and the
// server then reads what was typed. [data-submits] sends the form with the pick. Fires "picked" on the form.
(() => {
  const parts = (box) => ({
    input: box.querySelector("[role=combobox]"),
    picked: box.querySelector("[data-picked]"),
    list: box.querySelector("[role=listbox]"),
  });

  const options = (list) => [...list.querySelectorAll("[role=option][data-slug]")];

  const open = (box, is) => {
    const { input, list } = parts(box);
    list.classList.toggle("show", is);
    input.setAttribute("aria-expanded", String(is));
    if (!is) mark(box, null);
  };

  const mark = (box, option) => {
    const { input, list } = parts(box);
    for (const one of options(list)) {
      one.setAttribute("aria-selected", String(one === option));
      one.classList.toggle("active", one === option);
    }
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };

  const move = (box, by) => {
    const { list } = parts(box);
    const all = options(list);
    if (!all.length) return;
    const here = all.findIndex((one) => one.classList.contains("active"));
    mark(box, all[here < 0 ? (by > 0 ? 0 : all.length - 1) : (here + by + all.length) % all.length]);
  };

  const pick = (box, option) => {
    const { input, picked } = parts(box);
    input.value = option.dataset.name;
    picked.value = option.dataset.slug;
    open(box, false);
    input.form.dispatchEvent(new CustomEvent("picked", { bubbles: true }));
    if ("submits" in box.dataset) input.form.requestSubmit();
  };

  const boxOf = (event) => event.target.closest?.("[data-combobox]");

  document.addEventListener("keydown", (event) => {
    const box = boxOf(event);
    if (!box || event.target !== parts(box).input || event.isComposing) return;
    const { input, list } = parts(box);
    const shown = list.classList.contains("show");
    const active = list.querySelector(".active");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (shown) move(box, event.key === "ArrowDown" ? 1 : -1);
      else input.dispatchEvent(new Event("suggest"));
    } else if (event.key === "Enter" && shown && active) {
      event.preventDefault();
      pick(box, active);
    } else if (event.key === "Escape" && shown) {
      event.preventDefault();
      open(box, false);
    } else if (event.key === "Tab") {
      open(box, false);
    }
  });

  document.addEventListener("input", (event) => {
    const box = boxOf(event);
    if (!box || event.target !== parts(box).input) return;
    parts(box).picked.value = "";
    if (!event.target.value.trim()) open(box, false);
  });

  // Pressing the mouse on an option must not take the focus from the input.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest?.("[data-combobox] [role=listbox]")) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const option = event.target.closest?.("[data-combobox] [role=option][data-slug]");
    if (option) pick(option.closest("[data-combobox]"), option);
  });

  document.addEventListener("focusin", (event) => {
    const box = boxOf(event);
    for (const other of document.querySelectorAll("[data-combobox]")) if (other !== box) open(other, false);
    if (box && event.target === parts(box).input) event.target.select();
  });

  document.addEventListener("focusout", (event) => {
    const box = boxOf(event);
    if (box && !box.contains(event.relatedTarget)) open(box, false);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const list = event.target.closest?.("[data-combobox] [role=listbox]");
    if (!list) return;
    const box = list.closest("[data-combobox]");
    const { input, picked } = parts(box);
    const wanted = document.activeElement === input && !picked.value && list.children.length > 0;
    open(box, wanted);
    if (wanted && input.value.trim()) mark(box, options(list)[0] ?? null);
  });

  document.addEventListener("combobox:clear", () => {
    for (const box of document.querySelectorAll("[data-combobox][data-submits]")) {
      const { input, picked, list } = parts(box);
      input.value = "";
      picked.value = "";
      list.replaceChildren();
      open(box, false);
    }
  });
})();
