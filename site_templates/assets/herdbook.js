// Small comforts; every page is whole without them.
(() => {
"use strict";

// The theme copies a code block by an id that it makes of the nearest one: each block needs an id of its own,
// or every button copies the first block of the page.
for (const [index, block] of document.querySelectorAll(".hb pre").entries()) block.id ||= `code-${index + 1}`;

// Copy the full text behind a shortened one.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !navigator.clipboard) return;
  navigator.clipboard.writeText(button.dataset.copy).then(() => {
    const label = button.textContent;
    button.textContent = "copied";
    setTimeout(() => { button.textContent = label; }, 1200);
  });
});

// Filter the rows of a long table by the words in a field above it.
for (const table of document.querySelectorAll("table[data-filter]")) {
  const field = document.createElement("input");
  field.type = "search";
  field.className = "hb-filter";
  field.placeholder = table.dataset.filter;
  field.setAttribute("aria-label", table.dataset.filter);
  const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const [row, text] of rows) row.hidden = !words.every((word) => text.includes(word));
  });
  table.closest(".hb-table-box").before(field);
}

// A wide graph opens at the entry whose page it is.
for (const box of document.querySelectorAll(".hb-graph-box")) {
  const focus = box.querySelector(".hb-node--focus");
  if (!focus) continue;
  const [at, around] = [focus.getBoundingClientRect(), box.getBoundingClientRect()];
  if (at.right > around.right) box.scrollLeft = at.left - around.left - (around.width - at.width) / 2;
}

// Sort a table by a column: numbers and times by their value, which a cell may give as data-value.
const value = (row, index) => {
  const cell = row.cells[index];
  const text = cell.dataset.value ?? cell.textContent.trim();
  const number = Number(text.replace(/,/g, ""));
  return text !== "" && !Number.isNaN(number) ? number : text.toLowerCase();
};
const compare = (one, other) => {
  if (typeof one === typeof other) return one < other ? -1 : one > other ? 1 : 0;
  return typeof one === "number" ? -1 : 1;
};
for (const table of document.querySelectorAll("table[data-sort]")) {
  for (const [index, head] of [...table.tHead.rows[0].cells].entries()) {
    if (!head.textContent.trim()) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "hb-sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
      const body = table.tBodies[0];
      const rows = [...body.rows].map((row) => [row, value(row, index)]);
      rows.sort((one, other) => sign * compare(one[1], other[1]));
      body.append(...rows.map(([row]) => row));
    });
  }
}
})();
