/* Search of a large site: the theme's own engine searches, but only among the pages that can be found at all.

The index is cut into pieces: words in the order of the alphabet, and pages by number. For a query, the pieces
of its words tell which pages have them; these pages, at most MOST of them, are given to the theme's engine in
a worker of its own, and what it finds is what the reader sees. A small site has its index in one piece, which
goes to that engine as it is. */
"use strict";

const MOST = 50;
const PIECES_OF_A_PREFIX = 4;
const SETUP = 0, READY = 1, QUERY = 2, RESULT = 3;

const name = location.search.slice(1);
if (!/^[\w.-]+$/.test(name)) throw new Error("This is no name of a worker.");
const engine = new Worker(new URL(`../javascripts/workers/${name}`, location.href));
const waiting = [];
engine.addEventListener("message", event => waiting.shift()(event.data));

/** Let the engine do something; it answers in the order in which it is asked. */
function ask(message) {
  return new Promise(resolve => {
    waiting.push(resolve);
    engine.postMessage(message);
  });
}

let config, folder;
const fetched = new Map();

/** Fetch a piece once; one that is gone, since the site was built again, holds nothing. */
function piece(file, nothing) {
  if (!fetched.has(file)) {
    const found = fetch(new URL(file, folder)).then(answer => answer.ok ? answer.json() : nothing, () => nothing);
    fetched.set(file, found);
  }
  return fetched.get(file);
}

/** Numbers of pages, from the steps between them: "3,1*4" is 3, 4, 5, 6, 7. */
function numbers(text) {
  const found = [];
  let last = 0;
  for (const part of text ? text.split(",") : []) {
    const [step, times] = part.split("*");
    for (let count = Number(times || 1); count > 0; count--) found.push(last += Number(step));
  }
  return found;
}

/** The pages that have a word, or one that begins with it, and how much each of them counts. */
async function having(word) {
  const starts = await piece("words.json", []);
  let first = 0;
  for (let low = 0, high = starts.length - 1; low <= high;) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= word) { first = middle; low = middle + 1; } else high = middle - 1;
  }
  const files = [];
  for (let at = first; at < starts.length && files.length < PIECES_OF_A_PREFIX; at++) {
    if (at > first && !starts[at].startsWith(word)) break;
    files.push(piece(`words-${at}.json`, {}));
  }
  const pages = new Map();
  for (const words of await Promise.all(files)) {
    for (const [other, places] of Object.entries(words)) {
      if (!other.startsWith(word)) continue;
      const whole = other === word ? 2 : 1;
      places.split(";").forEach((text, place) => {
        const weight = whole * config.weights[place];
        for (const page of numbers(text)) pages.set(page, Math.max(pages.get(page) || 0, weight));
      });
    }
  }
  return pages;
}

/** The pages among which the engine is to search. */
async function candidates(query) {
  const separator = new RegExp(config.separator, "g");
  const words = query.toLowerCase().replace(/["*~^+]/g, " ").split(separator).filter(Boolean);
  const found = (await Promise.all([...new Set(words)].map(having))).filter(pages => pages.size);
  const scores = new Map(), counts = new Map();
  for (const pages of found) {
    for (const [page, weight] of pages) {
      scores.set(page, (scores.get(page) || 0) + weight);
      counts.set(page, (counts.get(page) || 0) + 1);
    }
  }
  // Those with all words before those with some, as the engine does; of equal ones, the first in the index.
  const order = [...scores.keys()].sort((a, b) =>
    counts.get(b) - counts.get(a) || scores.get(b) - scores.get(a) || a - b);
  const best = order.slice(0, MOST);
  const files = [...new Set(best.map(page => Math.floor(page / config.together)))];
  const pieces = await Promise.all(files.map(file => piece(`pages-${file}.json`, [])));
  const pages = new Map(files.map((file, index) => [file, pieces[index]]));
  return best.map(page => pages.get(Math.floor(page / config.together))[page % config.together]).filter(Boolean);
}

let latest = 0;

/** Answer a query, unless another one has come in the meantime: then that one's answer will do for both. */
async function answer(query) {
  const turn = ++latest;
  const docs = await candidates(query);
  if (turn !== latest) return null;
  await ask({ type: SETUP, data: { config: config.theme, docs, options: config.options } });
  return ask({ type: QUERY, data: query });
}

addEventListener("message", async ({ data: message }) => {
  const pieces = message.type === SETUP && message.data.config.pieces;
  if (pieces) {
    const { pieces: _, ...theme } = message.data.config;
    config = { ...pieces, separator: theme.separator, theme, options: message.data.options };
    folder = new URL(`../../search/${pieces.folder}/`, location.href);
    postMessage({ type: READY });
  } else if (config && message.type === QUERY) {
    const result = await answer(message.data);
    if (result) postMessage(result);
  } else {
    postMessage(await ask(message));
  }
});
