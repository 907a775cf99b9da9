// A click on "Copy" puts the text it stands for into the clipboard. Where the browser has none to offer, the text is marked instead.
"use strict";
(() => {
  const say = (button, word) => { button.textContent = word; };
  document.addEventListener("click", (event) => {
    const copy = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (!copy) return;
    if (!navigator.clipboard) {
      const text = copy.parentElement.querySelector(".value");
      if (text) getSelection().selectAllChildren(text);
      say(copy, text ? "Marked" : "Not copied");
      return;
    }
    navigator.clipboard.writeText(copy.dataset.copy).then(() => say(copy, "Copied"), () => say(copy, "Not copied"));
  });
})();
