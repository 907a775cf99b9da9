// While something is being counted, the section that shows it is fetched again and put in place; the rest of the page, and
// whatever is being written in its form, stays.
(function () {
  "use strict";
  const PAUSE = 2000;
  async function renew() {
    const section = document.getElementById("effects");
    const address = section && section.dataset.again;
    if (!address) {
      return;
    }
    try {
      const answer = await fetch(address, { credentials: "same-origin", headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("effects");
      if (!answer.ok || !fresh) {
        return; // signed out, or another page by now: the link "look again" says which
      }
      section.replaceWith(document.adoptNode(fresh));
    } catch {
      // the server is away for a moment
    }
    setTimeout(renew, PAUSE);
  }
  setTimeout(renew, PAUSE);
})();
