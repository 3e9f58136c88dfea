// Small comforts; every page is whole without them.
(() => {
"use strict";

const button = (css, name, ...children) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = css;
  if (name) made.setAttribute("aria-label", name);
  made.append(...children);
  return made;
};

// Every block of code can be copied. The theme makes an id for each of the nearest one: they need ids of their own,
// lest they share one.
for (const [index, block] of document.querySelectorAll(".hb pre > code").entries()) {
  block.parentElement.id ||= `code-${index + 1}`;
  const copy = button("hb-copy", "Copy this code", "copy");
  copy.dataset.copy = block.textContent.trimEnd();
  block.parentElement.append(copy);
}

// Copy the full text behind a shortened one.
document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-copy]");
  if (!pressed || !navigator.clipboard) return;
  navigator.clipboard.writeText(pressed.dataset.copy).then(() => {
    pressed.textContent = "copied";
    setTimeout(() => { pressed.textContent = "copy"; }, 1200);
  });
});

// What scrolls must be reachable with the keyboard, and have a name there.
const SCROLLING = ".hb-table-box, .hb pre > code, .hb-prose table";
const reachable = new ResizeObserver((entries) => {
  for (const {target} of entries) {
    const scrolls = target.scrollWidth > target.clientWidth;
    if (!scrolls) for (const name of ["tabindex", "role", "aria-label"]) target.removeAttribute(name);
    else {
      const section = target.closest("section")?.querySelector("h2")?.textContent;
      target.tabIndex = 0;
      if (!target.matches("table")) target.setAttribute("role", "group");
      target.setAttribute("aria-label", section ? `${section}, scrolls sideways` : "Scrolls sideways");
    }
  }
});
for (const box of document.querySelectorAll(SCROLLING)) reachable.observe(box);

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
    // A heading that is a link stays one; the button stands beside it.
    const link = head.querySelector("a");
    const sort = button("hb-sort", link ? `Sort by ${head.textContent.trim()}` : "", ...link ? [] : head.childNodes);
    head.append(sort);
    sort.addEventListener("click", () => {
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
