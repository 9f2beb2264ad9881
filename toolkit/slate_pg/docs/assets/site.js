// The search. Pages are whole without it: it adds a field, and loads its index when somebody turns to it.
"use strict";
(() => {
  const root = document.body.dataset.root;
  const form = document.querySelector(".search");
  const field = document.getElementById("search");
  const list = document.getElementById("found");
  const said = document.getElementById("search-said");
  const most = 30;
  const weights = { table: 10, view: 9, column: 0 };
  let asked = false;

  const load = () => {
    if (asked) return;
    asked = true;
    const script = document.createElement("script");
    script.src = `${root}assets/search.js`;
    script.onload = show;
    script.onerror = () => { said.textContent = "The index of the search could not be read."; };
    document.head.append(script);
  };

  // What a line is worth for the words asked: 0 where a word is nowhere in it; a name counts more than what is said.
  const worth = ([kind, name, , says], words) => {
    const low = name.toLowerCase();
    const last = low.slice(low.lastIndexOf(".") + 1);
    const rest = `${kind} ${says}`.toLowerCase();
    let sum = 0;
    for (const word of words) {
      const found = last === word || low === word ? 100 : last.startsWith(word) ? 50 : low.includes(word) ? 20
        : rest.includes(word) ? 3 : 0;
      if (!found) return 0;
      sum += found;
    }
    return sum + (weights[kind] ?? 5) - name.length / 100;
  };

  const element = (name, kind, words) => {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    made.textContent = words;
    return made;
  };

  const line = ([kind, name, href, says]) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = root + href;
    link.append(element("span", "kind", kind), element("b", "", name));
    if (says) link.append(element("span", "said", says));
    item.append(link);
    return item;
  };

  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    list.hidden = !words.length || !window.slateSearch;
    if (list.hidden) { said.textContent = ""; return; }
    const found = window.slateSearch.map((each) => [worth(each, words), each]).filter(([sum]) => sum > 0);
    found.sort((a, b) => b[0] - a[0]);
    list.replaceChildren(...found.slice(0, most).map(([, each]) => line(each)));
    said.textContent = found.length ? `${found.length} found` : "Nothing found";
    if (!found.length) {
      const item = document.createElement("li");
      item.append(element("p", "", "Nothing found."));
      list.append(item);
    }
  };

  const links = () => [...list.querySelectorAll("a")];
  const close = () => { list.hidden = true; };

  form.hidden = false;
  field.addEventListener("focus", load);
  field.addEventListener("input", () => { load(); show(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [first] = links();
    if (!list.hidden && first) first.click();
  });
  form.addEventListener("keydown", (event) => {
    const all = links();
    const at = all.indexOf(document.activeElement);
    if (event.key === "Escape") { close(); field.focus(); }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    (next < 0 ? field : all[Math.min(next, all.length - 1)] || field).focus();
  });
  document.addEventListener("click", (event) => { if (!form.contains(event.target)) close(); });
  form.addEventListener("focusout", (event) => { if (event.relatedTarget && !form.contains(event.relatedTarget)) close(); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return;
    event.preventDefault();
    field.focus();
  });
})();
