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

// Without https, browsers offer pages no clipboard, but ask what is to be copied.
const given = (text) => {
  const give = (event) => { event.clipboardData.setData("text/plain", text); event.preventDefault(); };
  document.addEventListener("copy", give);
  const done = document.execCommand("copy");
  document.removeEventListener("copy", give);
  return done;
};

// Copy the full text behind a shortened one.
document.addEventListener("click", async (event) => {
  const pressed = event.target.closest("[data-copy]");
  if (pressed?.textContent !== "copy") return;
  const text = pressed.dataset.copy, name = pressed.getAttribute("aria-label");
  const told = (words, label) => { pressed.textContent = words; pressed.setAttribute("aria-label", label); };
  const done = await navigator.clipboard?.writeText(text).then(() => true, () => false) || given(text);
  const words = done ? "copied" : "not copied";
  told(words, words);
  setTimeout(() => told("copy", name), 1200);
});

// The theme searches when a key is let go; words also come by the mouse and by voice.
const field = document.querySelector(".md-search__input");
field?.addEventListener("input", () => field.dispatchEvent(new KeyboardEvent("keyup")));

// What scrolls must be reachable with the keyboard, and have a name there.
const SCROLLING = ".hb-table-box, .hb pre > code";
const reachable = new ResizeObserver((entries) => {
  for (const {target} of entries) {
    const scrolls = target.scrollWidth > target.clientWidth;
    if (!scrolls) for (const name of ["tabindex", "role", "aria-label"]) target.removeAttribute(name);
    else {
      const section = target.closest("section")?.querySelector("h2")?.textContent;
      target.tabIndex = 0;
      target.setAttribute("role", "group");
      target.setAttribute("aria-label", section ? `${section}, scrolls sideways` : "Scrolls sideways");
    }
  }
});
for (const box of document.querySelectorAll(SCROLLING)) reachable.observe(box);
})();
