// A filter for pages with tables of rules: words, severity, and rules with a fix.
"use strict";
(() => {
  const tables = [...document.querySelectorAll(".content main table")].filter((table) =>
    [...table.querySelectorAll("th")].map((cell) => cell.textContent).join() === "rule,severity,fix,what");
  if (!tables.length) return;
  for (const table of tables) table.classList.add("rules");

  const bar = document.createElement("form");
  bar.className = "rule-filter";
  bar.setAttribute("role", "search");
  bar.innerHTML = `
    <input type="search" aria-label="Filter rules" placeholder="Filter: words, such as cilium mtu">
    <label>Severity <select><option value="">all</option><option>error</option><option>warning</option><option>info</option></select></label>
    <label><input type="checkbox"> with a fix</label>
    <output aria-live="polite"></output>`;
  bar.addEventListener("submit", (event) => event.preventDefault());
  const [words, severity, fix, count] = ["input[type=search]", "select", "input[type=checkbox]", "output"]
    .map((selector) => bar.querySelector(selector));

  const rows = tables.flatMap((table) => [...table.tBodies[0].rows]);
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const [, level, fixable] = [...row.cells].map((cell) => cell.textContent);
      row.hidden = !(wanted.every((word) => text.includes(word))
        && level.startsWith(severity.value) && (!fix.checked || fixable !== ""));
    }
    for (const table of tables) {
      const isEmpty = [...table.tBodies[0].rows].every((row) => row.hidden);
      // The heading and the description of a category go with its table.
      let part = table.closest(".table-wrapper") || table;
      for (; part && !part.matches("h1"); part = part.previousElementSibling) {
        part.hidden = isEmpty;
        if (part.matches("h2")) break;
      }
    }
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = shown === rows.length ? "" : `${shown} of ${rows.length} rules`;
  };
  bar.addEventListener("input", filter);
  const title = document.querySelector(".content main h1");
  (title.nextElementSibling || title).after(bar);
})();
