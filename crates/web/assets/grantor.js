// Adds comfort to pages that work without it: show password, copy, password rules, one submit, focus after an error, new refusals.
// One word that a browser does not know takes the whole file away from it: no async, no spread, nothing newer than promises.
"use strict";
(() => {
  const all = (selector, root = document) => root.querySelectorAll(selector);
  const byId = (id) => document.getElementById(id);

  // First, so that nothing below stands in the way of an answer. A parameter may be named "submit" and hide the form's own method.
  const answer = document.querySelector("form[data-submit]");
  if (answer) HTMLFormElement.prototype.submit.call(answer);

  // A page on the way to another one: once its frames are loaded, or those who take long are not waited for.
  const onward = document.querySelector("a[data-onward]");
  if (onward) {
    // Once: the refresh is for whoever has no script.
    const refresh = document.querySelector('meta[http-equiv="refresh"]');
    if (refresh) refresh.remove();
    let gone = false;
    const go = () => {
      if (!gone) location.replace(onward.href);
      gone = true;
    };
    addEventListener("load", go);
    setTimeout(go, 4000);
  }

  for (const button of all("[data-reveal]")) {
    const field = byId(button.dataset.reveal);
    const show = button.textContent;
    const set = (visible) => {
      field.type = visible ? "text" : "password";
      button.textContent = visible ? button.dataset.hideText : show;
      button.setAttribute("aria-pressed", String(visible));
    };
    button.hidden = false;
    button.addEventListener("click", () => {
      set(field.type === "password");
      field.focus();
    });
    // A browser remembers what was typed into a text field; a password leaves as one.
    field.form.addEventListener("submit", () => set(false));
  }

  const copyByHand = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  const live = document.createElement("p");
  live.className = "sr";
  live.setAttribute("role", "status");
  document.body.append(live);
  const copyFrom = (button) => {
    const label = button.textContent;
    button.hidden = false;
    const tell = () => {
      button.textContent = live.textContent = button.dataset.done;
      setTimeout(() => {
        button.textContent = label;
        live.textContent = "";
      }, 2000);
    };
    button.addEventListener("click", () => {
      const text = byId(button.dataset.copy).textContent;
      const byHand = () => {
        copyByHand(text);
        button.focus();
      };
      // The clipboard exists on https and localhost only.
      const copied = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error("no clipboard"));
      copied.catch(byHand).then(tell);
    });
  };
  all("[data-copy]").forEach(copyFrom);

  // A part of the page that the server may have drawn anew. What is open in it stays open, and nothing moves under a hand.
  const heard = [];
  for (const part of all("[data-live]")) {
    let drawn = "";
    const put = (html) => {
      const busy = part.contains(document.activeElement) || !getSelection().isCollapsed;
      if (html === drawn || busy) return;
      drawn = html;
      const shut = Array.from(all("details:not([open])", part), (each) => each.id);
      const open = Array.from(all("details[open]", part), (each) => each.id);
      part.innerHTML = html;
      for (const id of shut) if (id && byId(id)) byId(id).open = false;
      for (const id of open) if (id && byId(id)) byId(id).open = true;
      all("[data-copy]", part).forEach(copyFrom);
    };
    const ask = () => {
      if (document.hidden) return;
      fetch(part.dataset.live).then((answer) => (answer.ok ? answer.text() : drawn)).then(put, () => {});
    };
    ask();
    if (part.dataset.events && window.EventSource) heard.push(ask);
    else setInterval(ask, 3000);
  }
  // Parts of which the server says when there is something new; where it says nothing, they ask as the others do.
  if (heard.length > 0) {
    let due = 0;
    const soon = () => {
      if (due === 0) due = setTimeout(() => ((due = 0), heard.forEach((ask) => ask())), 200);
    };
    const listen = () => {
      const events = new EventSource(document.querySelector("[data-events]").dataset.events);
      for (const name of ["open", "request", "message", "clock", "lost"]) events.addEventListener(name, soon);
      events.addEventListener("error", () => events.readyState === EventSource.CLOSED && setInterval(soon, 3000));
    };
    addEventListener("load", () => setTimeout(listen, 1000));
    document.addEventListener("visibilitychange", soon);
  }

  const count = (text, set) => Array.from(text).filter((c) => set.includes(c)).length;
  const longestRun = (text) => {
    let longest = 0, run = 0, last = "";
    for (const c of text) {
      run = c === last ? run + 1 : 1;
      last = c;
      longest = Math.max(longest, run);
    }
    return longest;
  };
  const tests = {
    length: (text, rule) => Array.from(text).length >= +rule.min && Array.from(text).length <= +rule.max,
    characters: (text, rule) => count(text, rule.set) >= +rule.min,
    unique: (text, rule) => new Set(text).size >= +rule.min,
    repeated: (text, rule) => text !== "" && longestRun(text) <= +rule.max,
  };
  for (const list of all("[data-rules]")) {
    const field = byId(list.dataset.rules);
    field.addEventListener("input", () => {
      for (const item of all("[data-rule]", list)) {
        const met = field.value !== "" && tests[item.dataset.rule](field.value, item.dataset);
        item.classList.toggle("met", met);
        item.classList.remove("failed");
        for (const note of all("b", item)) note.remove();
        if (!met) continue;
        const note = document.createElement("b");
        note.className = "sr";
        note.textContent = ` ${list.dataset.metText}`;
        item.lastElementChild.append(note);
      }
    });
  }

  for (const form of all("form[data-once]")) {
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
    });
    // "Back" may restore this very page from memory: it must be able to send again.
    addEventListener("pageshow", () => (sent = false));
  }

  for (const link of all('a[href^="#"]')) {
    link.addEventListener("click", (event) => {
      const field = byId(link.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      field.focus();
    });
  }

  // Where the browser honours autofocus on fields only.
  const alert = document.querySelector("[data-focus]");
  if (alert) addEventListener("load", () => setTimeout(() => alert.matches(":focus-within") || alert.focus()));
})();
