// Input box for a coin: the server sends suggestions; keys and clicks select one.
//
// [data-combobox] contains the input (role="combobox"), the hidden field [data-picked] and the list (role="listbox").
// Selecting a coin puts its name into the input and its slug into the hidden field. Typing clears the slug; the server
// then parses the text. Enter waits for the suggestions of the text typed. [data-submits] submits the form on selection. Fires "picked" on the form.
(() => {
  const parts = (box) => ({
    input: box.querySelector("[role=combobox]"),
    picked: box.querySelector("[data-picked]"),
    list: box.querySelector("[role=listbox]"),
  });

  const options = (list) => [...list.querySelectorAll("[role=option][data-slug]")];

  const setOpen = (box, shown) => {
    const { input, list } = parts(box);
    list.classList.toggle("show", shown);
    input.setAttribute("aria-expanded", String(shown));
    if (!shown) setActive(box, null);
  };

  const setActive = (box, option) => {
    const { input, list } = parts(box);
    for (const other of options(list)) {
      other.setAttribute("aria-selected", String(other === option));
      other.classList.toggle("active", other === option);
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
    const current = all.findIndex((option) => option.classList.contains("active"));
    setActive(box, all[current < 0 ? (by > 0 ? 0 : all.length - 1) : (current + by + all.length) % all.length]);
  };

  const select = (box, option) => {
    const { input, picked } = parts(box);
    input.value = option.dataset.name;
    picked.value = option.dataset.slug;
    setOpen(box, false);
    input.form.dispatchEvent(new CustomEvent("picked", { bubbles: true }));
    if ("submits" in box.dataset) input.form.requestSubmit();
  };

  // True while the list shown, if any, belongs to an earlier text than the one typed.
  const awaited = (box) => {
    const { input, picked } = parts(box);
    const typed = input.value.trim();
    return Boolean(typed) && !picked.value && box.dataset.listed !== typed;
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
    } else if (event.key === "Enter" && awaited(box)) {
      event.preventDefault();
      box.dataset.entered = input.value.trim();
    } else if (event.key === "Enter" && shown && active) {
      event.preventDefault();
      select(box, active);
    } else if (event.key === "Escape" && shown) {
      event.preventDefault();
      setOpen(box, false);
    } else if (event.key === "Tab") {
      setOpen(box, false);
    }
  });

  document.addEventListener("input", (event) => {
    const box = boxOf(event);
    if (!box || event.target !== parts(box).input) return;
    parts(box).picked.value = "";
    delete box.dataset.entered;
    setActive(box, null);
    if (!event.target.value.trim()) setOpen(box, false);
  });

  // Keep the focus in the input when the mouse is pressed on an option.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest?.("[data-combobox] [role=listbox]")) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const option = event.target.closest?.("[data-combobox] [role=option][data-slug]");
    if (option) select(option.closest("[data-combobox]"), option);
  });

  document.addEventListener("focusin", (event) => {
    const box = boxOf(event);
    for (const other of document.querySelectorAll("[data-combobox]")) if (other !== box) setOpen(other, false);
    if (box && event.target === parts(box).input) event.target.select();
  });

  document.addEventListener("focusout", (event) => {
    const box = boxOf(event);
    if (box && !box.contains(event.relatedTarget)) setOpen(box, false);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const list = event.target.closest?.("[data-combobox] [role=listbox]");
    if (!list) return;
    const box = list.closest("[data-combobox]");
    const { input, picked } = parts(box);
    const path = event.detail.pathInfo?.finalRequestPath ?? "";
    box.dataset.listed = (new URL(path, location.href).searchParams.get(input.name) ?? "").trim();
    const first = options(list)[0] ?? null;
    if (box.dataset.entered !== undefined && box.dataset.entered === box.dataset.listed) {
      delete box.dataset.entered;
      if (first) select(box, first);
      else input.form.requestSubmit();
      return;
    }
    const shown = document.activeElement === input && !picked.value && list.children.length > 0;
    setOpen(box, shown);
    if (shown && !awaited(box)) setActive(box, first);
  });

  document.addEventListener("combobox:clear", () => {
    for (const box of document.querySelectorAll("[data-combobox][data-submits]")) {
      const { input, picked, list } = parts(box);
      input.value = "";
      picked.value = "";
      list.replaceChildren();
      setOpen(box, false);
    }
  });
})();
