// Runs before anything else in every page and frame: tells the test what fires, then pokes every element of
// the page and tells what became of the page. The token keeps a page from speaking in its name.
(() => {
"use strict";

const say = console.info.bind(console);
const tell = (what, detail) => say(`TOKEN${JSON.stringify([what, detail])}`);

for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
  const value = (...words) => { tell("fired", `${name}(${String(words[0]).slice(0, 100)})`); return null; };
  Object.defineProperty(window, name, {value, writable: false, configurable: false});
}
document.addEventListener("securitypolicyviolation", (event) => {
  tell("violation", `${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
});
if (window !== window.top) return;

const address = location.href;

// A link that leads elsewhere would end the page; a script in a link is run.
const target = (link) => new URL(link.href.baseVal ?? link.href, document.baseURI).protocol;
window.addEventListener("click", (event) => {
  const link = event.composedPath().find((node) => node.href !== undefined && node.href !== "");
  try {
    if (link && /^(https?|mailto|ftp):$/.test(target(link))) event.preventDefault();
  } catch { event.preventDefault(); }
}, true);

const EVENTS = ["pointerover", "mouseover", "mouseenter", "mousemove", "focus", "mousedown", "click"];
const THEME = ".md-toggle, .md-header, .md-tabs, .md-sidebar, .md-footer, .md-top, .md-skip, .md-dialog, .md-overlay";
const OWN = ".md-search-result, .md-header__title";

function poke() {
  for (const element of document.querySelectorAll("html, body, body *")) {
    if (element.closest(THEME) && !element.closest(OWN)) continue;
    element.open = true;
    if (element.focus) element.focus({preventScroll: true});
    const handled = element.getAttributeNames().filter((name) => name.startsWith("on"));
    for (const name of [...EVENTS, ...handled.map((name) => name.slice(2))]) {
      // A toggle of the theme's would send the page elsewhere or hide it.
      if (name === "click" && element.closest(THEME)) continue;
      element.dispatchEvent(new MouseEvent(name, {bubbles: true, cancelable: true}));
    }
  }
}

const count = (names) => names.reduce((all, name) => ({...all, [name]: (all[name] ?? 0) + 1}), {});
const inside = (element) => element.closest("#hb-content") !== null;

// What sticks out of the screen to the right, but for what scrolls in its own box.
function wide() {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const out = (element) => !element.closest(THEME)
    && element.getBoundingClientRect().right > page.clientWidth + 1;
  const names = [...document.body.querySelectorAll("*")].filter(out)
    .map((element) => `${element.localName}.${element.getAttribute("class") ?? ""}`);
  return [`${page.scrollWidth} pixels`, ...Object.keys(count(names)).slice(0, 8)];
}

// The parts of the page that no entry has a say in: every element, with its id and the script in it.
const frame = () => [...document.querySelectorAll("*")]
  .filter((element) => !inside(element) && !element.closest(".md-search-result"))
  .map((element) => `${element.localName}#${element.id}`);

function verdict(results) {
  const all = [...document.querySelectorAll("*")];
  const content = all.filter((element) => inside(element) || element.closest(".md-search-result"));
  const ids = count(all.map((element) => element.id).filter((id) => id !== ""));
  return {
    address,
    title: document.title,
    heading: document.querySelector("#hb-content h1")?.textContent ?? "",
    text: document.querySelector("#hb-content")?.textContent ?? "",
    results,
    footer: document.querySelectorAll("body footer.md-footer").length,
    scripted: Boolean(document.vulnerable || window.vulnerable),
    elements: Object.keys(count(content.map((element) => element.localName))),
    attributes: Object.keys(count(content.flatMap((element) => element.getAttributeNames()))),
    schemes: Object.keys(count([...document.querySelectorAll("[href], [src], [action]")].map((element) => {
      try { return target({href: element.getAttribute("href") ?? element.getAttribute("src") ?? ""}); }
      catch { return "none:"; }
    }))),
    doubled: Object.keys(ids).filter((id) => ids[id] > 1),
    clobbered: content.map((element) => element.id).filter((id) => /^__(?!code_)/.test(id)),
    wide: wide(),
    frame: frame(),
  };
}

function finish() {
  const results = document.querySelector(".md-search-result__list")?.textContent ?? "";
  poke();
  setTimeout(() => tell("verdict", verdict(results)), 40);
}
window.addEventListener("load", () => {
  const query = new URLSearchParams(location.search).get("q");
  if (!query) { setTimeout(finish, 10); return; }
  // The page was opened with a search: its results are poked, too.
  const began = Date.now();
  const wait = () => {
    const meta = document.querySelector(".md-search-result__meta")?.textContent ?? "";
    const busy = !/match|document/.test(meta) && Date.now() - began < 5000;
    setTimeout(busy ? wait : finish, 30);
  };
  wait();
});
})();
