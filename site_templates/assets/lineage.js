// Lineage pictures come alive: what a thing comes from and what comes from it lights up, parts can be shown alone,
// keys walk along the edges, the picture can be zoomed and dragged. Without this script it is whole all the same.
(() => {
"use strict";

const STEP = 1.25, LARGEST = 3, READABLE = .82;
const PARTS = [["hop", "One hop"], ["up", "Upstream"], ["down", "Downstream"], ["all", "Everything"]];
// Room that is left between columns and between rows where a part of the picture is shown alone, in pixels.
const ACROSS = 70, ALONG = 26, MARGIN = 14;

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Where things go when the empty stretches between them are closed, in the order in which they stand.
function closed(spans, room) {
  const taken = [];
  for (const [start, end] of spans.sort((one, other) => one[0] - other[0])) {
    const last = taken.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else taken.push({start, end, to: last ? last.to + last.end - last.start + Math.min(room, start - last.end) : 0});
  }
  const place = (value) => {
    const after = taken.findIndex((span) => value < span.start);
    const span = taken.at(after < 0 ? -1 : Math.max(0, after - 1));
    if (value < span.start) return Math.max(-room, value - span.start);
    if (value <= span.end) return span.to + value - span.start;
    const beyond = value - span.end;
    const next = after < 0 ? null : taken[after];
    const gap = next ? next.start - span.end : room;
    return span.to + span.end - span.start + Math.min(room, gap) * Math.min(1, beyond / gap);
  };
  return {place, size: taken.at(-1).to + taken.at(-1).end - taken.at(-1).start};
}

class Picture {
  constructor(whole) {
    this.box = whole.querySelector(".hb-graph-box");
    this.svg = this.box.querySelector("svg");
    this.frame = this.svg.querySelector("g");
    this.list = whole.querySelector("summary");
    this.nodes = new Map();
    for (const node of this.svg.querySelectorAll("[data-node]")) {
      // What stands in the corner is moved nowhere.
      const [x, y] = (node.getAttribute("transform") ?? "0 0").match(/-?[\d.]+/g).map(Number);
      const {width, height} = node.querySelector(".hb-node__box").getBBox();
      this.nodes.set(node.dataset.node, {node, x, y, width, height, to: [], from: []});
    }
    this.links = [...this.svg.querySelectorAll("[data-from]")].map((link) => ({
      link, from: link.dataset.from, to: link.dataset.to,
      way: link.querySelector(".hb-edge")?.getAttribute("d"),
      tip: (link.querySelector(".hb-arrow")?.getAttribute("d") ?? "").match(/-?[\d.]+/g)?.map(Number),
    }));
    for (const {way, from, to} of this.links) {
      if (!way) continue;
      this.nodes.get(from).to.push(to);
      this.nodes.get(to).from.push(from);
    }
    this.focus = this.svg.querySelector(".hb-node--focus").dataset.node;
    this.natural = {width: this.svg.width.baseVal.value, height: this.svg.height.baseVal.value};
    this.shown = new Set(this.nodes.keys());
    this.size = this.natural;

    whole.classList.add("hb-live");
    this.box.setAttribute("tabindex", "0");
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", this.svg.getAttribute("aria-label"));
    this.box.setAttribute("aria-description", "Arrow keys follow the lines, plus and minus zoom, 0 resets, "
      + "Escape leaves.");
    this.box.before(this.tools());
    for (const {node} of this.nodes.values()) if (!node.hasAttribute("href")) node.setAttribute("tabindex", "-1");
    this.listen();
    let width = 0;
    new ResizeObserver(() => {
      if (this.box.clientWidth === width) return;
      width = this.box.clientWidth;
      if (width) this.reset();
    }).observe(this.box);
  }

  // What to show and how large

  tools() {
    const button = (text, name, action) => {
      const made = element("button", {type: "button", "aria-label": name, title: name}, text);
      made.addEventListener("click", action);
      return made;
    };
    const bar = element("div", {class: "hb-tools"});
    const choices = PARTS.map(([part, text]) => [part, text, this.part(part)])
      .filter(([part, , nodes]) => part === "all" || nodes.size > 1 && nodes.size < this.nodes.size);
    if (choices.length > 1) {
      const group = element("div", {class: "hb-choice", role: "group", "aria-label": "What to show"});
      for (const [part, text, nodes] of choices) {
        const choice = element("button", {type: "button", "aria-pressed": part === "all"}, text);
        choice.addEventListener("click", () => {
          for (const other of group.children) other.setAttribute("aria-pressed", other === choice);
          this.show(nodes);
        });
        group.append(choice);
      }
      bar.append(group);
    }
    bar.append(element("div", {class: "hb-choice", role: "group", "aria-label": "Size"},
      button("\u2212", "Zoom out", () => this.zoom(1 / STEP)),
      button("+", "Zoom in", () => this.zoom(STEP)),
      button("Fit", "Show all of it", () => this.fit()),
      button("Reset", "As it was at first", () => this.reset())));
    return bar;
  }

  part(name) {
    const {to, from} = this.nodes.get(this.focus);
    switch (name) {
      case "hop": return new Set([this.focus, ...to, ...from]);
      case "up": return this.walk(this.focus, "from");
      case "down": return this.walk(this.focus, "to");
      default: return new Set(this.nodes.keys());
    }
  }

  walk(start, way) {
    const found = new Set([start]);
    for (const name of found) for (const next of this.nodes.get(name)[way]) found.add(next);
    return found;
  }

  show(names) {
    this.shown = names;
    const whole = names.size === this.nodes.size;
    const spans = (at, length) => [...names].map((name) => this.nodes.get(name))
      .map((node) => [node[at], node[at] + node[length]]);
    const x = whole ? {place: (value) => value} : closed(spans("x", "width"), ACROSS);
    const y = whole ? {place: (value) => value} : closed(spans("y", "height"), ALONG);
    for (const [name, {node, x: left, y: top}] of this.nodes) {
      node.classList.toggle("hb-off", !names.has(name));
      if (names.has(name)) node.setAttribute("transform", `translate(${x.place(left)} ${y.place(top)})`);
    }
    for (const {link, from, to, way, tip} of this.links) {
      const off = !names.has(from) || !names.has(to);
      link.classList.toggle("hb-off", off);
      if (off) continue;
      if (way) {
        link.querySelector(".hb-edge").setAttribute("d",
          way.replace(/(-?[\d.]+),(-?[\d.]+)/g, (_, across, down) => `${x.place(+across)},${y.place(+down)}`));
        link.querySelector(".hb-arrow").setAttribute("transform",
          `translate(${x.place(tip[0]) - tip[0]} ${y.place(tip[1]) - tip[1]})`);
      } else {
        const text = link.querySelector("text");
        const [across, down] = [+text.getAttribute("x"), +text.getAttribute("y")];
        text.setAttribute("transform", `translate(${x.place(across) - across} ${y.place(down) - down})`);
      }
    }
    this.size = whole ? this.natural : {
      width: x.size + 2 * (MARGIN + ACROSS / 4), height: y.size + 2 * (MARGIN + ALONG / 2),
    };
    const [left, top] = whole ? [0, 0] : [-ACROSS / 4, -ALONG / 2];
    this.svg.setAttribute("viewBox", `${left} ${top} ${this.size.width} ${this.size.height}`);
    this.reset();
  }

  get fitting() {
    const style = getComputedStyle(this.box);
    const room = (names, length) => length - names.reduce((sum, name) => sum + parseFloat(style[name]), 0);
    return Math.min(room(["paddingLeft", "paddingRight"], this.box.clientWidth) / this.size.width,
      room(["paddingTop", "paddingBottom"], this.box.clientHeight) / this.size.height);
  }

  // As large as can be read, with the entry of the page in sight.
  reset() {
    this.box.style.height = "";
    this.scale(1);
    this.scale(Math.max(READABLE, Math.min(1, this.fitting)));
    this.box.style.height = `${this.box.offsetHeight}px`;
    const [around, at] = [this.box, this.nodes.get(this.focus).node].map((item) => item.getBoundingClientRect());
    this.box.scrollLeft += at.left + at.width / 2 - around.left - around.width / 2;
    this.box.scrollTop += at.top + at.height / 2 - around.top - around.height / 2;
  }

  fit() {
    this.scale(Math.min(1, this.fitting));
  }

  scale(factor) {
    this.factor = factor;
    this.svg.style.width = `${this.size.width * factor}px`;
    this.svg.style.height = `${this.size.height * factor}px`;
  }

  // The point of the picture at a place of the screen stays there; tells whether anything changed.
  zoom(by, place = null) {
    const around = this.box.getBoundingClientRect();
    const {x, y} = place ?? {x: around.left + around.width / 2, y: around.top + around.height / 2};
    const factor = Math.max(Math.min(1, this.fitting), Math.min(LARGEST, this.factor * by));
    if (Math.abs(factor / this.factor - 1) < .001) return false;
    const before = this.svg.getBoundingClientRect();
    this.scale(factor);
    const after = this.svg.getBoundingClientRect();
    this.box.scrollLeft += after.left + (x - before.left) / before.width * after.width - x;
    this.box.scrollTop += after.top + (y - before.top) / before.height * after.height - y;
    return true;
  }

  // What belongs together

  light(name) {
    const up = this.walk(name, "from"), down = this.walk(name, "to");
    const lit = (one, other) => up.has(one) && up.has(other) || down.has(one) && down.has(other);
    this.svg.classList.add("hb-lit");
    for (const [other, {node}] of this.nodes) node.classList.toggle("hb-on", up.has(other) || down.has(other));
    for (const {link, from, to} of this.links) link.classList.toggle("hb-on", lit(from, to));
  }

  dim() {
    this.svg.classList.remove("hb-lit");
  }

  // What readers do

  listen() {
    const name = (event) => event.target.closest?.("[data-node]")?.dataset.node;
    const active = () => this.box.contains(document.activeElement) ? document.activeElement.dataset.node : undefined;
    const again = () => (active() ? this.light(active()) : this.dim());
    this.svg.addEventListener("pointerover", (event) => (name(event) ? this.light(name(event)) : again()));
    this.svg.addEventListener("pointerleave", again);
    // Not on the picture itself: what listens for the focus in an SVG becomes a stop of the Tab key.
    this.box.addEventListener("focusin", again);
    this.box.addEventListener("focusout", () => this.dim());
    this.box.addEventListener("keydown", (event) => this.press(event, active()));
    this.box.addEventListener("wheel", (event) => {
      // Pinching a touchpad is a wheel with Ctrl, too.
      if (!event.ctrlKey && (!this.box.contains(document.activeElement) || event.shiftKey || event.deltaX)) return;
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const by = Math.exp(-Math.max(-60, Math.min(60, event.deltaY * lines)) / 300);
      // The page scrolls on where the picture can become no larger or smaller.
      if (this.zoom(by, {x: event.clientX, y: event.clientY}) || event.ctrlKey) event.preventDefault();
    }, {passive: false});
    this.box.addEventListener("dblclick", (event) => {
      if (name(event)) return;
      const whole = Math.min(1, this.fitting);
      if (Math.abs(this.factor / whole - 1) < .001) this.reset();
      else this.fit();
    });
    this.drag();
    this.pinch();
  }

  press(event, name) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrows = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
    if (event.key in arrows) {
      const [across, down] = arrows[event.key];
      if (name) this.step(name, across, down);
      else this.box.scrollBy(60 * across, 60 * down);
    } else if (event.key === "+" || event.key === "=") this.zoom(STEP);
    else if (event.key === "-") this.zoom(1 / STEP);
    else if (event.key === "0") this.reset();
    else if (event.key === "Escape") this.list.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Left and right follow the edges; up and down go to what stands beside, in the same column.
  step(name, across, down) {
    const here = this.nodes.get(name);
    const middle = (node) => [node.x + node.width / 2, node.y + node.height / 2];
    const [x, y] = middle(here);
    const beside = [...this.nodes].filter(([, node]) => node.x < here.x + here.width && here.x < node.x + node.width)
      .filter(([, node]) => (middle(node)[1] - y) * down > 0).map(([other]) => other);
    const ahead = (across ? here[across > 0 ? "to" : "from"] : beside).filter((other) => this.shown.has(other));
    const far = (other) => {
      const [left, top] = middle(this.nodes.get(other));
      return across ? Math.abs(left - x) + Math.abs(top - y) : Math.abs(top - y);
    };
    const next = ahead.sort((one, other) => far(one) - far(other))[0];
    if (next) this.nodes.get(next).node.focus();
  }

  drag() {
    let start = null, moved = false;
    this.box.addEventListener("pointerdown", (event) => {
      // A finger scrolls the box without our help.
      if (event.button === 0 && event.pointerType === "mouse" && event.target !== this.box) {
        start = {x: event.clientX, y: event.clientY, left: this.box.scrollLeft, top: this.box.scrollTop};
      }
      moved = false;
    });
    this.box.addEventListener("pointermove", (event) => {
      if (!start) return;
      const [x, y] = [event.clientX - start.x, event.clientY - start.y];
      if (!moved && Math.hypot(x, y) < 4) return;
      if (!moved) this.box.setPointerCapture(event.pointerId);
      moved = true;
      this.box.classList.add("hb-dragged");
      this.box.scrollTo(start.left - x, start.top - y);
    });
    const end = () => {
      start = null;
      this.box.classList.remove("hb-dragged");
    };
    for (const type of ["pointerup", "pointercancel"]) this.box.addEventListener(type, end);
    // Whoever drags the picture by a node does not mean to go there.
    this.box.addEventListener("click", (event) => { if (moved) event.preventDefault(); moved = false; }, true);
    this.box.addEventListener("dragstart", (event) => event.preventDefault());
  }

  pinch() {
    let last = null;
    const between = ([one, other]) => ({
      x: (one.clientX + other.clientX) / 2, y: (one.clientY + other.clientY) / 2,
      apart: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY),
    });
    const two = (action) => (event) => {
      if (event.touches.length !== 2) return;
      event.preventDefault();
      action(between(event.touches));
    };
    this.box.addEventListener("touchstart", two((now) => { last = now; }), {passive: false});
    this.box.addEventListener("touchmove", two((now) => {
      if (last) {
        this.zoom(now.apart / last.apart, now);
        this.box.scrollBy(last.x - now.x, last.y - now.y);
      }
      last = now;
    }), {passive: false});
    this.box.addEventListener("touchend", () => { last = null; });
  }
}

for (const whole of document.querySelectorAll(".hb-lineage")) new Picture(whole);
})();
