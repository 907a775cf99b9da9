// Light or dark as Airflow's own switch says; without one, as the system says (the style sheet's default).
(function () {
  "use strict";
  function apply() {
    let chosen = null;
    try {
      chosen = window.localStorage.getItem("theme");
    } catch {
      // a browser that keeps nothing: the system decides
    }
    if (chosen === "light" || chosen === "dark") {
      document.documentElement.dataset.theme = chosen;
    } else {
      delete document.documentElement.dataset.theme;
    }
  }
  apply();
  window.addEventListener("storage", apply);
})();
