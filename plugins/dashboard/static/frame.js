// Airflow's frame lets the pages in it open no tab and leave no frame: links that do either are followed by the page around it,
// which is of the same origin.
(function () {
  "use strict";
  if (window.parent === window) {
    return;
  }
  function follow(event) {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || event.defaultPrevented || !/^https?:$/.test(link.protocol)) {
      return;
    }
    const isForTab = event.ctrlKey || event.metaKey || event.button === 1 || link.target === "_blank";
    if (!isForTab && link.target !== "_top") {
      return;
    }
    const around = window.parent.document;
    const same = around.createElement("a");
    same.href = link.href;
    same.target = isForTab ? "_blank" : "_top";
    same.rel = isForTab ? "noopener noreferrer" : "";
    event.preventDefault();
    around.body.append(same);
    same.click();
    same.remove();
  }
  document.addEventListener("click", follow);
  document.addEventListener("auxclick", (event) => event.button === 1 && follow(event));
})();
