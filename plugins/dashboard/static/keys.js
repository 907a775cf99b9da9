// One key for each link or button that names one (data-key): as if it was clicked. Not while somebody types.
(function () {
  "use strict";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest("input, select, textarea")) {
      return;
    }
    const meant = document.querySelector("[data-key='" + CSS.escape(event.key) + "']");
    if (meant) {
      event.preventDefault();
      meant.click();
    }
  });
})();
