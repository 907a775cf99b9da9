// Sends the chosen files one after the other, each with its progress and what it was taken for; nothing is stored by it.
(function () {
  "use strict";
  const form = document.getElementById("uploads");
  if (!form) {
    return;
  }
  const list = document.getElementById("sent");
  const summary = document.getElementById("summary");
  const next = document.getElementById("next");
  const input = document.getElementById("files");
  const waiting = [];
  let taken = 0;
  let refused = 0;
  let isSending = false;

  function add(tag, parent, text, kind) {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = kind || "";
    parent.append(element);
    return element;
  }
  function entry(file) {
    const item = add("li", list, "");
    add("bdi", item, file.name, "person");
    const bar = add("progress", item, "");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    const outcome = add("span", item, "waits", "outcome quiet");
    return { file: file, bar: bar, outcome: outcome, item: item };
  }
  function say(each, text, kind) {
    each.outcome.textContent = text;
    each.outcome.className = "outcome " + kind;
  }
  function answerOf(request) {
    try {
      return JSON.parse(request.responseText);
    } catch {
      return {};
    }
  }
  function refuse(each, text) {
    refused += 1;
    each.bar.remove();
    say(each, "Not taken. " + text, "down");
  }
  function done(each, request) {
    const answer = answerOf(request);
    if (request.status !== 200) {
      refuse(each, answer.detail || "The server answers " + request.status + ".");
      return;
    }
    taken += 1;
    each.bar.value = 1;
    say(each, "", "");
    answer.taken_for.forEach((line) => add("span", each.outcome, line, "text"));
  }
  function send(each) {
    return new Promise((resolve) => {
      if (each.file.size > Number(form.dataset.largest)) {
        refuse(each, "It is larger than " + (Number(form.dataset.largest) >> 20) + " MB: no export of TikTok's is.");
        resolve();
        return;
      }
      const request = new XMLHttpRequest();
      request.open("POST", form.dataset.address + "?name=" + encodeURIComponent(each.file.name));
      request.setRequestHeader("content-type", "application/octet-stream");
      request.setRequestHeader("accept", "application/json");
      request.setRequestHeader("x-csrf-token", form.dataset.token);
      request.upload.addEventListener("progress", (event) => {
        each.bar.value = event.loaded / (event.total || 1);
        say(each, event.loaded < event.total ? Math.round((100 * event.loaded) / event.total) + " %" : "is read", "quiet");
      });
      request.addEventListener("load", () => {
        done(each, request);
        resolve();
      });
      request.addEventListener("error", () => {
        refuse(each, "The server did not answer.");
        resolve();
      });
      request.send(each.file);
    });
  }
  async function work() {
    if (isSending) {
      return;
    }
    isSending = true;
    while (waiting.length) {
      await send(waiting.shift());
    }
    isSending = false;
    summary.textContent = taken + (taken === 1 ? " file was" : " files were") + " read, " + refused + " not taken.";
    next.hidden = taken === 0;
    if (taken && !refused) {
      window.location.assign(next.querySelector("a").href);
    } else if (taken) {
      next.querySelector("a").focus();
    }
  }
  function begin(files) {
    const most = Number(form.dataset.most);
    Array.from(files).forEach((file) => {
      const each = entry(file);
      if (list.children.length > most) {
        refuse(each, "Only " + most + " files are sent at a time.");
      } else {
        waiting.push(each);
      }
    });
    summary.textContent = "";
    work();
  }

  input.addEventListener("change", () => {
    begin(input.files);
    input.value = "";
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    begin(event.dataTransfer.files);
  });
})();
