// Lists are sorted by a column and filtered by words and by choice. A list of several pages is sorted and filtered as
// a whole: when a reader first does so, the rows of its other pages are loaded, and shown as they come. What was
// chosen stands in the address, so that it can be linked to. Without this script, every page shows its rows.
(() => {
"use strict";

// Rows shown at once, and files loaded at once.
const PAGE = 100, TOGETHER = 8;
// What the cells of a page are made of, and where their links may lead.
const TAGS = new Set(["td", "th", "a", "span", "code", "time", "b", "em", "strong", "p", "br", "wbr", "button"]);
const ATTRIBUTES = new Set(["class", "title", "href", "rel", "datetime", "type", "aria-label", "data-copy", "data-value",
  "data-choice", "data-column"]);
const SCHEMES = new Set(["http:", "https:", "mailto:"]);

const element = (tag, attributes, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
// Blanks that HTML takes for one: others are part of a name.
const spaced = (text) => text.replace(/[ \t\n\r\f]+/g, " ").replace(/^ | $/g, "");
const counted = (number) => number.toLocaleString("en");

// What the cells of a column are put in order by: numbers by their value, times as they follow each other, texts as
// people sort them, with the numbers in them by their value and whatever their case.
const NUMBER = /^[-+]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;
const TIME = /^\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?$/;
const TEXTS = new Intl.Collator("en", {numeric: true, sensitivity: "accent"});
const rising = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

function ordering(values) {
  const given = values.filter((value) => value !== "");
  if (given.every((value) => NUMBER.test(value))) return [(value) => Number(value.replaceAll(",", "")), rising];
  // A full second comes before half a second past.
  if (given.every((value) => TIME.test(value))) return [(value) => value.replace(/(?:\.0*|(\.\d*?)0*)Z$|Z$/, "$1"), rising];
  return [(value) => value, TEXTS.compare];
}
// What links say beside their text: the whole name of what is shown by a shorter one, or a title.
const hints = (row) => Array.from(row.querySelectorAll("a[title]:not(.hb-chip)"), (link) => link.title);

// A row that stands on the page.
class OwnRow {
  constructor(row) {
    this.element = row;
  }

  get text() {
    return this.known ??= [spaced(this.element.textContent), ...hints(this.element)].join(" ").toLowerCase();
  }

  value(column) {
    const cell = this.element.cells[column];
    return cell ? cell.dataset.value ?? cell.querySelector("time")?.dateTime ?? spaced(cell.textContent) : "";
  }

  choice(column) {
    const cell = this.element.cells[column];
    return cell ? cell.dataset.choice ?? spaced(cell.textContent) : "";
  }
}

// The shape of a cell: how many texts go into it, and which of them are read where.
class Shape {
  constructor(tree) {
    this.tree = tree;
    this.count = 0;
    this.words = [];
    this.hints = [];
    this.read(tree);
  }

  read([tag, attributes, ...children]) {
    if (tag === "a" && "title" in attributes && !/\bhb-chip\b/.test(attributes.class)) this.hints.push(attributes.title);
    const own = (value) => { if (typeof value === "number") this.count = Math.max(this.count, value + 1); };
    Object.values(attributes).forEach(own);
    if (tag === "time") this.time ??= attributes.datetime;
    for (const child of children) {
      if (Array.isArray(child)) this.read(child);
      else { own(child); this.words.push(child); }
    }
  }

  text(values) {
    return this.words.map((word) => filled(word, values)).join("");
  }

  searched(values) {
    return [this.text(values), ...this.hints.map((hint) => filled(hint, values))].join(" ");
  }

  attribute(name, values) {
    const value = this.tree[1][name];
    return value === undefined ? undefined : filled(value, values);
  }
}

const filled = (part, values) => (typeof part === "number" ? values[part] : part);

function leadsSomewhere(address) {
  try {
    return SCHEMES.has(new URL(address, document.baseURI).protocol);
  } catch {
    return false;
  }
}

// Everything is text here: nothing of a file is ever read as markup.
function drawn([tag, attributes, ...children], values) {
  const made = document.createElement(TAGS.has(tag) ? tag : "span");
  for (const [name, part] of Object.entries(attributes)) {
    const value = String(filled(part, values));
    if (!ATTRIBUTES.has(name)) continue;
    if (name === "href" && !leadsSomewhere(value)) continue;
    made.setAttribute(name, value);
  }
  made.append(...children.map((child) => (Array.isArray(child) ? drawn(child, values) : String(filled(child, values)))));
  return made;
}

// A row that was loaded; it becomes an element when it is shown.
class LoadedRow {
  constructor(css, cells) {
    this.css = css;
    this.cells = cells;
  }

  get element() {
    if (!this.made) {
      this.made = document.createElement("tr");
      this.made.className = this.css;
      this.made.append(...this.cells.map(([shape, values]) => drawn(shape.tree, values)));
    }
    return this.made;
  }

  get text() {
    return this.known ??= this.cells.map(([shape, values]) => shape.searched(values)).join(" ").toLowerCase();
  }

  value(column) {
    if (column >= this.cells.length) return "";
    const [shape, values] = this.cells[column];
    return shape.attribute("data-value", values) ?? filled(shape.time, values) ?? spaced(shape.text(values));
  }

  choice(column) {
    if (column >= this.cells.length) return "";
    const [shape, values] = this.cells[column];
    return shape.attribute("data-choice", values) ?? spaced(shape.text(values));
  }
}

function unpacked({shapes, texts, rows}) {
  const known = shapes.map((tree) => new Shape(tree));
  return rows.map(([css, ...rest]) => {
    const cells = [];
    for (let at = 0; at < rest.length;) {
      const shape = known[rest[at++]];
      const values = rest.slice(at, at += shape.count).map((value) => (typeof value === "number" ? texts[value] : value));
      if (values.length < shape.count || values.includes(undefined)) throw new Error("A row is cut.");
      cells.push([shape, values]);
    }
    return new LoadedRow(css, cells);
  });
}

class List {
  constructor(table, name) {
    this.table = table;
    this.name = name;
    this.body = table.tBodies[0];
    this.box = table.closest(".hb-table-box");
    this.heads = [...table.tHead.rows[0].cells];
    this.columns = this.heads.map((head) => spaced(head.textContent));
    const {src, page = 1, pages = 1, total} = table.dataset;
    this.source = src;
    this.own = [...this.body.rows].map((row) => new OwnRow(row));
    this.number = Number(page);
    this.pages = Array(Number(pages)).fill(null);
    this.pages[this.number - 1] = this.own;
    this.total = Number(total ?? this.own.length);
    const after = this.box.nextElementSibling;
    this.pager = after?.matches(".hb-pager") ? after : null;
    this.state = {words: "", chosen: {}, sort: -1, sign: 1, page: 1};
    this.loading = null;
    this.trouble = "";
    this.build();
  }

  // The controls

  build() {
    const {filter, sort} = this.table.dataset;
    this.choices = [];
    // Without a field above it, a table must not move under the pointer that sorts it.
    this.status = element("p", {class: filter === undefined ? "hb-unseen" : "hb-list-status hb-muted", role: "status"});
    this.clear = element("button", {type: "button", class: "hb-list-clear"}, "Show all");
    this.clear.hidden = true;
    this.clear.addEventListener("click", () => {
      this.change({words: "", chosen: {}, sort: -1, sign: 1, page: 1});
      (this.field ?? this.heads[0].querySelector("button"))?.focus();
    });
    const tools = element("div", {class: "hb-list-tools", role: "group", "aria-label": filter ?? "List"});
    if (filter !== undefined) {
      this.field = element("input", {type: "search", class: "hb-filter", placeholder: filter, "aria-label": filter});
      this.field.addEventListener("input", () => this.change({words: this.field.value, page: 1}, 250));
      tools.append(this.field);
      this.heads.forEach((head, column) => {
        if (head.dataset.choose) tools.append(this.choice(head, column));
      });
    }
    if (sort !== undefined) this.heads.forEach((head, column) => this.sortable(head, column));
    if (this.field) this.box.before(tools);
    tools.append(this.clear, this.status);
    if (!this.field) this.box.before(this.status);
    this.back = element("button", {type: "button", class: "hb-list-turn"}, "← Previous");
    this.on = element("button", {type: "button", class: "hb-list-turn"}, "Next →");
    this.range = element("span", {class: "hb-muted"});
    this.turner = element("nav", {class: "hb-pager", "aria-label": "Pages of what was found"}, this.back, this.range, this.on);
    this.turner.hidden = true;
    this.back.addEventListener("click", () => this.turn(-1));
    this.on.addEventListener("click", () => this.turn(1));
    if (this.pages.length > 1) this.box.after(this.turner);
  }

  choice(head, column) {
    const label = head.dataset.choose;
    const values = head.dataset.choices.split("\n");
    const select = element("select", {class: "hb-list-select"}, element("option", {value: ""}, "any"));
    select.append(...values.map((value) => element("option", {value}, value)));
    select.addEventListener("change", () => {
      this.change({chosen: {...this.state.chosen, [label]: select.value}, page: 1});
    });
    this.choices.push({label, column, select, values});
    return element("label", {class: "hb-list-choice"}, `${label} `, select);
  }

  // A heading that is a link stays one; the button stands beside it.
  sortable(head, column) {
    if (!this.columns[column]) return;
    const link = head.querySelector("a");
    const button = element("button", {type: "button", class: "hb-sort"}, ...link ? [] : head.childNodes);
    if (link) button.setAttribute("aria-label", `Sort by ${this.columns[column]}`);
    head.append(button);
    button.addEventListener("click", () => {
      const {sort, sign} = this.state;
      if (sort !== column) this.change({sort: column, sign: 1, page: 1});
      else if (sign === 1) this.change({sign: -1, page: 1});
      else this.change({sort: -1, sign: 1, page: 1});
    });
  }

  turn(step) {
    this.change({page: this.state.page + step});
    const pressed = step < 0 ? this.back : this.on;
    if (pressed.disabled) (step < 0 ? this.on : this.back).focus();
    this.box.scrollIntoView({block: "nearest"});
  }

  // What is shown

  get active() {
    const {words, chosen, sort} = this.state;
    return words.trim() !== "" || Object.values(chosen).some(Boolean) || sort >= 0;
  }

  // Browsers refuse to change the address with every letter.
  change(part, pause = 0) {
    this.state = {...this.state, ...part};
    this.show();
    clearTimeout(this.soon);
    if (pause) this.soon = setTimeout(() => remember(this), pause);
    else remember(this);
  }

  show() {
    const {words, chosen, sort, sign} = this.state;
    if (this.field && this.field.value !== words) this.field.value = words;
    for (const {label, select} of this.choices) select.value = chosen[label] ?? "";
    this.heads.forEach((head, column) => {
      if (column === sort) head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
    if (this.active) this.load();
    this.render();
  }

  found() {
    const {words, chosen, sort, sign} = this.state;
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const picked = this.choices.flatMap(({label, column}) => (chosen[label] ? [[column, chosen[label]]] : []));
    const rows = this.pages.flatMap((page) => page ?? []).filter((row) =>
      picked.every(([column, value]) => row.choice(column) === value)
      && wanted.every((word) => row.text.includes(word)));
    if (sort < 0) return rows;
    const values = rows.map((row) => row.value(sort));
    const [key, compare] = ordering(values);
    const keyed = rows.map((row, index) => [values[index], key(values[index]), row]);
    // What is empty comes last, whichever way.
    const order = (one, other) =>
      one[0] === "" || other[0] === "" ? (one[0] === "") - (other[0] === "") : sign * compare(one[1], other[1]);
    return keyed.sort(order).map(([, , row]) => row);
  }

  render() {
    clearTimeout(this.waiting);
    this.waiting = 0;
    const began = performance.now();
    const {active} = this;
    const rows = active ? this.found() : this.own;
    const size = this.pages.length > 1 ? PAGE : Infinity;
    const last = Math.max(1, Math.ceil(rows.length / size));
    // While rows still come in, a page that was asked for may be yet to come.
    const page = Math.min(Math.max(1, this.state.page), last);
    if (!this.loading) this.state.page = page;
    const first = (page - 1) * (size === Infinity ? 0 : size);
    this.body.replaceChildren(...rows.slice(first, first + size).map((row) => row.element));
    const whole = this.pages.every(Boolean);
    if (this.pager) this.pager.hidden = active && (whole || Boolean(this.loading));
    this.turner.hidden = !active || last === 1;
    this.back.disabled = page === 1;
    this.on.disabled = page === last;
    this.range.textContent = `${counted(first + 1)}–${counted(Math.min(first + size, rows.length))} of ${counted(rows.length)}`;
    this.clear.hidden = !active;
    this.tell(active, rows.length, page, last);
    this.cost = performance.now() - began;
  }

  tell(active, found, page, last) {
    const {words, chosen, sort, sign} = this.state;
    const seen = this.pages.reduce((count, rows) => count + (rows?.length ?? 0), 0);
    const said = [];
    if (active && this.loading) said.push(`Looked through ${counted(seen)} of ${counted(this.total)}: ${counted(found)} fit so far.`);
    else if (active && this.trouble) said.push(`${counted(found)} of ${counted(seen)} fit. ${this.trouble}`);
    else if (active && (words.trim() || Object.values(chosen).some(Boolean))) {
      said.push(`${counted(found)} of ${counted(this.total)} fit${last > 1 ? `, page ${page} of ${last}` : ""}.`);
    } else if (active && last > 1) said.push(`All ${counted(found)}, page ${page} of ${last}.`);
    if (active && sort >= 0) said.push(`Sorted by ${this.columns[sort]}, ${sign === 1 ? "ascending" : "descending"}.`);
    this.status.setAttribute("aria-busy", String(Boolean(this.loading)));
    const text = said.join(" ");
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  // Loading

  load() {
    if (this.loading || this.pages.every(Boolean)) return;
    if (location.protocol === "file:") {
      this.trouble = `The other ${counted(this.total - this.own.length)} are on other pages: opened from a folder, a page cannot load them.`;
      return;
    }
    const missing = this.pages.flatMap((rows, index) => (rows ? [] : [index]));
    this.trouble = "";
    const worker = async () => {
      while (missing.length) {
        const index = missing.shift();
        try {
          this.pages[index] = await this.fetched(index + 1);
        } catch {
          this.trouble = "Not all rows could be loaded: open this page anew.";
        }
        // Sorting anew what has come must not keep the next rows from coming.
        this.waiting ||= setTimeout(() => this.render(), Math.max(200, 4 * (this.cost ?? 0)));
      }
    };
    this.loading = Promise.all(Array.from({length: TOGETHER}, worker)).then(() => {
      this.loading = null;
      this.render();
    });
  }

  async fetched(number) {
    const [stem] = this.source.split(/\.json$/);
    const answer = await fetch(new URL(number === 1 ? this.source : `${stem}~${number}.json`, document.baseURI));
    if (!answer.ok) throw new Error(answer.statusText);
    const content = await answer.json();
    // The site may have been built again since this page was opened.
    if (content.total !== this.total || content.columns.join("\n") !== this.columns.join("\n")) {
      throw new Error("These rows belong to another page.");
    }
    return unpacked(content);
  }

  // The address

  get parameters() {
    const {words, chosen, sort, sign, page} = this.state;
    const said = new URLSearchParams({list: this.name});
    if (words.trim()) said.set("filter", words);
    for (const [label, value] of Object.entries(chosen)) if (value) said.set(label.toLowerCase(), value);
    if (sort >= 0) said.set("sort", `${sign === 1 ? "" : "-"}${this.columns[sort]}`);
    if (page > 1) said.set("page", page);
    return said;
  }

  take(said) {
    const sort = said.get("sort") ?? "";
    const column = (name) => this.heads.findIndex((head, index) => this.columns[index] === name && head.querySelector(".hb-sort"));
    const chosen = {};
    for (const {label, values} of this.choices) {
      const value = said.get(label.toLowerCase());
      if (values.includes(value)) chosen[label] = value;
    }
    const straight = column(sort);
    const reverse = straight < 0 && sort.startsWith("-") ? column(sort.slice(1)) : -1;
    this.state = {
      words: this.field ? said.get("filter") ?? "" : "",
      chosen,
      sort: Math.max(straight, reverse),
      sign: reverse >= 0 ? -1 : 1,
      page: Math.max(1, Math.floor(Number(said.get("page"))) || 1),
    };
    this.show();
  }
}

// An address tells of one list, the one that was touched last; it is not a place of its own in the history.
function remember(list) {
  const told = list.active ? `#${list.parameters}` : "";
  const here = new URLSearchParams(location.hash.slice(1)).has("list") ? location.hash : "";
  if (told === here) return;
  history.replaceState(history.state, "", told || location.href.split("#")[0]);
}

const lists = new Map();
for (const table of document.querySelectorAll("table[data-filter], table[data-sort]")) {
  const section = table.closest("section")?.getAttribute("aria-labelledby") ?? "rows";
  let name = section;
  for (let number = 2; lists.has(name); number++) name = `${section}-${number}`;
  lists.set(name, new List(table, name));
}

// A link to another place on the page says nothing of its lists.
function follow() {
  const said = new URLSearchParams(location.hash.slice(1));
  if (location.hash && !said.has("list")) return;
  for (const [name, list] of lists) {
    if (name === said.get("list")) {
      list.take(said);
      list.table.closest("section")?.querySelector("h2").scrollIntoView();
    }
    else if (list.active) list.take(new URLSearchParams());
  }
}
addEventListener("hashchange", follow);
follow();
})();
