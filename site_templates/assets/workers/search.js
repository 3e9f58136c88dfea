/* Search of the site: the theme's own engine searches, and what has just the name that was typed comes first.

To the engine, a rare word counts more than the whole of a common one: by itself it finds the runs 28 and 29 of
a model before its version 2. Of a large site it searches only among the pages that can be found at all: its
index is cut into pieces, words in the order of the alphabet, and pages by number. For a query, the pieces of
its words tell which pages have them; these pages, at most MOST of them, are given to the theme's engine in a
worker of its own. A small site has its index in one piece, which goes to that engine as it is. */
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

let config, folder, separator;
const fetched = new Map();

/** The words of a text, as the index has them. */
const wordsOf = text => text.toLowerCase().split(separator).filter(Boolean);

/** Fetch a piece once; one that is gone, since the site was built again, holds nothing. */
function piece(file, nothing) {
  if (!fetched.has(file)) {
    const found = fetch(new URL(file, folder)).then(answer => answer.ok ? answer.json() : nothing).catch(() => {
      fetched.delete(file);  // the next search may reach it
      return nothing;
    });
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

/** The pages that have a word, or unless it must be whole one that begins with it, and how much each counts. */
async function having(word, mustBeWhole = false) {
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
      if (mustBeWhole ? other !== word : !other.startsWith(word)) continue;
      const whole = other === word ? 2 : 1;
      places.split(";").forEach((text, place) => {
        const weight = whole * config.weights[place];
        for (const page of numbers(text)) pages.set(page, Math.max(pages.get(page) || 0, weight));
      });
    }
  }
  return pages;
}

/** The words of a query, as the engine takes them: those that may be there, those that must, those that must not. */
function understood(query) {
  const said = {may: new Set(), must: new Set(), mustNot: new Set()};
  const parts = query.split(/"([^"]+)"/).flatMap((part, index) =>
    index % 2 ? part.split(/\s+/).map(word => `+${word}`) : part.replaceAll('"', " ").split(/\s+/));
  for (const part of parts) {
    const kind = {"+": "must", "-": "mustNot"}[part[0]] ?? "may";
    for (const word of wordsOf(part.replace(/^[+-]/, "").replace(/[*~^]/g, " "))) said[kind].add(word);
  }
  return said;
}

/** The pages among which the engine is to search. */
async function candidates(query) {
  const {may, must, mustNot} = understood(query);
  const whole = words => Promise.all([...words].map(word => having(word, true)));
  const [wanted, needed, unwanted] = await Promise.all([
    Promise.all([...new Set([...must, ...may])].map(word => having(word))), whole(must), whole(mustNot),
  ]);
  const found = wanted.filter(pages => pages.size);
  const scores = new Map(), counts = new Map();
  for (const pages of found) {
    for (const [page, weight] of pages) {
      if (unwanted.some(others => others.has(page)) || !needed.every(others => others.has(page))) continue;
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

/** What was found, with what has just the name that was typed at first: as its title, or else among its tags. */
function named(result, query) {
  const name = text => wordsOf(text.replace(/<\/?mark>/g, "")).join(" ");
  const wanted = name(query.replace(/["*~^+]/g, " "));
  const rank = ([page]) => (name(page.title) === wanted ? 0 : (page.tags ?? []).some(tag => name(tag) === wanted) ? 1 : 2);
  const ranked = result.data.items.map(found => [rank(found), found]);
  const items = ranked.sort((one, other) => one[0] - other[0]).map(([, found]) => found);
  return {...result, data: {...result.data, items}};
}

/** A query as the engine can take it: it refuses all of one in which a sign stands where it says nothing. */
function cleaned(query) {
  return query
    // A reference is found by what stands behind its kind.
    .replace(/^\s*(?:models|runs|datasets|endpoints):\//, "")
    .replace(/"[^"]*"/g, quoted => quoted.replace(/[-+~^*:]/g, " "))
    .replace(/(?<![\p{L}\p{N}])[~^]+|[~^]+(?!\d)/gu, " ")
    .replace(/(^|\s)(?:[-+]{2,}|[-+](?![\p{L}\p{N}]))/gu, "$1")
    .replace(/(?<=[^\s\p{L}\p{N}])[-+]+/gu, " ")
    // What stands behind a hyphen, it would look for as a whole, and say that it is missing.
    .replace(/(?<=[\p{L}\p{N}])-/gu, " ");
}

let latest = 0;

/** Answer a query, unless another one has come in the meantime: then that one's answer will do for both. */
async function answer(query) {
  if (!config) return ask({ type: QUERY, data: query });
  const turn = ++latest;
  const docs = await candidates(query);
  if (turn !== latest) return null;
  await ask({ type: SETUP, data: { config: config.theme, docs, options: config.options } });
  return ask({ type: QUERY, data: query });
}

addEventListener("message", async ({ data: message }) => {
  if (message.type === QUERY) {
    const query = cleaned(message.data);
    const result = await answer(query);
    if (result) postMessage(named(result, query));
    return;
  }
  const { pieces, ...theme } = message.data.config;
  separator = new RegExp(theme.separator);
  if (pieces) {
    config = { ...pieces, theme, options: message.data.options };
    folder = new URL(`../../search/${pieces.folder}/`, location.href);
    postMessage({ type: READY });
  } else {
    postMessage(await ask(message));
  }
});
