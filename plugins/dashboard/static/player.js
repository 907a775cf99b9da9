// A click on a second plays from there.
"use strict";
(() => {
  const player = document.getElementById("player");
  const seek = (second) => {
    if (!player || !Number.isFinite(second)) return;
    player.currentTime = second;
  };
  if (player && Number(player.dataset.at) > 0) {
    player.addEventListener("loadedmetadata", () => seek(Number(player.dataset.at)), { once: true });
  }
  document.addEventListener("click", (event) => {
    const to = event.target.closest("[data-second]");
    if (to && player) {
      seek(Number(to.dataset.second));
      player.play().catch(() => {});
    }
  });
})();
