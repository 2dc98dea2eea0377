"use strict";
(() => {
  const form = document.querySelector(".filters");
  if (!form) return;
  const search = document.getElementById("search");
  const rule = document.getElementById("rule");
  const shown = document.getElementById("shown");
  const articles = [...document.querySelectorAll("article")].map((element) => ({
    element,
    text: (element.closest("details").querySelector("summary").textContent + element.textContent).toLowerCase(),
  }));
  const update = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = new Set([...form.querySelectorAll("[name=severity]:checked")].map((box) => box.value));
    let count = 0;
    for (const { element, text } of articles) {
      const visible = severities.has(element.dataset.severity)
        && (!rule.value || element.dataset.rule === rule.value)
        && words.every((word) => text.includes(word));
      element.hidden = !visible;
      count += visible;
    }
    for (const file of document.querySelectorAll("details.file")) {
      file.hidden = !file.querySelector("article:not([hidden])");
    }
    shown.textContent = `${count} of ${articles.length} shown`;
  };
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  update();
})();
