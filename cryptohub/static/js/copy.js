// Copies what an input holds: <button data-copy="#id" data-copied="Copied">. Where the clipboard is closed (plain http
// on a network), the text is selected instead, for the reader to copy.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const input = document.querySelector(button.dataset.copy);
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
    button.textContent = button.dataset.copied;
  } catch {
    input.focus();
  }
});
