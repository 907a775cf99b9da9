// Where a number comes from, beside the number: while it is pointed at or reached by keyboard, and after a click or a tap until the
// next one. Escape closes it. In a table Tab goes from row to row, and the arrows from number to number.
(function () {
  "use strict";
  if (!HTMLElement.prototype.showPopover) {
    return; // the style sheet prints what the browser cannot show
  }
  let open = null; // the button whose origin is shown
  let isPinned = false;
  const buttonOf = (element) => element instanceof Element && element.closest(".told")?.querySelector("button");
  const originOf = (button) => button.parentElement.querySelector(".origin");

  function place(button, origin) {
    const at = button.getBoundingClientRect();
    const own = origin.getBoundingClientRect();
    const room = document.documentElement;
    const isAbove = at.bottom + own.height > room.clientHeight && at.top > own.height;
    origin.style.inset = "auto";
    origin.style.left = Math.max(4, Math.min(at.left, room.clientWidth - own.width - 4)) + "px";
    origin.style.top = (isAbove ? at.top - own.height : at.bottom) + "px";
  }
  function show(button) {
    const origin = originOf(button);
    if (!origin.matches(":popover-open")) {
      origin.showPopover();
    }
    if (open !== button) {
      isPinned = false;
    }
    open = button;
    place(button, origin);
  }
  function hide() {
    if (open && originOf(open).matches(":popover-open")) {
      originOf(open).hidePopover();
    }
    open = null;
    isPinned = false;
  }
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") {
      return;
    }
    const button = buttonOf(event.target);
    if (button && button !== open) {
      show(button);
    } else if (!button && open && !isPinned && document.activeElement !== open) {
      hide();
    }
  });
  document.addEventListener("pointerleave", () => isPinned || hide());
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".told > button:focus-visible")) {
      show(event.target);
    }
  });
  document.addEventListener("focusout", (event) => {
    if (event.target === open && !open.matches(":hover")) {
      hide();
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest(".told > button");
    if (!button) {
      return;
    }
    event.preventDefault(); // the browser's own way knows nothing of places
    const isByKey = event.detail === 0;
    if (button === open && (isPinned || isByKey)) {
      hide();
    } else {
      show(button);
      isPinned = true;
    }
  });
  // Escape, or a click elsewhere.
  document.addEventListener("toggle", (event) => {
    if (open && event.newState === "closed" && event.target === originOf(open)) {
      open = null;
      isPinned = false;
    }
  }, true);
  document.addEventListener("scroll", (event) => open && event.target.contains(open) && hide(), true);

  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const numbersOf = (row) => [...row.querySelectorAll("td .told > button")].filter((each) => each.checkVisibility());
  for (const row of document.querySelectorAll("tbody tr")) {
    numbersOf(row).forEach((button, place) => { button.tabIndex = place ? -1 : 0; });
  }
  document.addEventListener("keydown", (event) => {
    const button = event.target.matches("td .told > button") && event.target;
    const step = STEPS[event.key];
    if (!button || !step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) {
      return;
    }
    event.preventDefault();
    const rows = [...button.closest("table").querySelectorAll("tbody tr")].filter((row) => numbersOf(row).length);
    const row = button.closest("tr");
    const next = numbersOf(rows[rows.indexOf(row) + step[0]] || row);
    const meant = next[Math.min(numbersOf(row).indexOf(button) + step[1], next.length - 1)];
    if (meant) {
      meant.focus({ focusVisible: true });
    }
  });
})();
