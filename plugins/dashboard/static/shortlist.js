// Stars without leaving the page, with a line that takes the last one back; and keys for who is in the table of the ranking:
// j and k go from creator to creator, s stars, u takes back. Without this script each star is a form of its own.
(function () {
  "use strict";
  const form = document.getElementById("stars");
  const done = document.getElementById("done");
  if (!form || !done) {
    return;
  }
  let last = null; // the button that was used last
  function show(button, isStarred) {
    button.setAttribute("aria-pressed", String(isStarred));
    button.value = String(!isStarred);
    button.textContent = isStarred ? "★" : "☆";
  }
  function say(text, undone) {
    done.textContent = text + " ";
    if (undone) {
      const undo = document.createElement("button");
      undo.type = "button";
      undo.className = "secondary";
      undo.textContent = "Undo";
      undo.addEventListener("click", () => send(undone));
      done.append(undo);
    }
  }
  async function send(button) {
    const body = new URLSearchParams(new FormData(form));
    body.set("starred", button.value);
    const name = button.getAttribute("aria-label").replace(/^Star /, "");
    last = button;
    button.disabled = true;
    try {
      const headers = { accept: "application/json" };
      const answer = await fetch(button.formAction, { method: "POST", credentials: "same-origin", headers: headers, body: body });
      const content = await answer.json();
      if (answer.ok) {
        show(button, content.starred);
        say((content.starred ? "Starred: " : "No star any more: ") + name, button);
      } else {
        say(content.detail || "The server answers " + answer.status + ".");
      }
    } catch {
      say("The server did not answer: nothing was stored.");
    }
    button.disabled = false;
    button.focus({ preventScroll: true });
  }
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button && button.classList.contains("star")) {
      event.preventDefault();
      send(button);
    }
  });
  const table = document.querySelector("[data-keys]");
  if (!table) {
    return;
  }
  table.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) {
      return;
    }
    const stars = Array.from(table.querySelectorAll("button.star"));
    const row = event.target.closest("tr");
    const at = stars.findIndex((star) => row && row.contains(star));
    if (event.key === "j" || event.key === "k") {
      const next = stars[event.key === "j" ? Math.min(at + 1, stars.length - 1) : Math.max(at - 1, 0)];
      if (next) {
        next.focus();
      }
    } else if (event.key === "s" && at >= 0) {
      send(stars[at]);
    } else if (event.key === "u" && last) {
      send(last);
    } else {
      return;
    }
    event.preventDefault();
  });
})();
