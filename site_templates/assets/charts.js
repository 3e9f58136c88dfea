// Charts are read out: the point nearest to the pointer, on curves at one step of all of them; with the keyboard by
// a slider under the chart, or by the links in it. Without this script the numbers stand in the tables all the same.
(() => {
"use strict";

const NAMESPACE = "http://www.w3.org/2000/svg";
// Curves that are thinned out keep different steps; so many pixels apart they are still read together.
const TOGETHER = 4;

function shape(tag, attributes) {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const numbers = (text) => text.match(/-?[\d.]+/g).map(Number);

// The browser would show titles as well; what they say is kept as the name of a link.
function said(mark) {
  const title = mark.querySelector("title");
  const words = title.textContent;
  title.remove();
  if (mark.matches("a")) mark.setAttribute("aria-label", words);
  return words;
}

// What can be read in a chart, from left to right or from top to bottom: where, and in which words.
function curves(chart) {
  const series = [...chart.querySelectorAll("polyline[data-y]")].map((line) => {
    const [steps, values] = [line.dataset.x.split("|"), line.dataset.y.split("|")];
    const places = numbers(line.getAttribute("points"));
    const points = steps.map((step, index) => ({
      step, value: values[index], x: places[2 * index], y: places[2 * index + 1],
    }));
    return {name: said(line), css: line.getAttribute("class").replace("hb-line", ""), points};
  });
  const steps = new Map(series.flatMap(({points}) => points.map(({step, x}) => [x, step])));
  const readings = [...steps].map(([x, step]) => {
    const found = series.flatMap(({name, css, points}) => {
      const near = points.reduce((best, point) => (Math.abs(point.x - x) < Math.abs(best.x - x) ? point : best));
      return Math.abs(near.x - x) <= TOGETHER ? [{name, css, ...near}] : [];
    });
    const title = chart.querySelector(".hb-axis-title").textContent;
    return {x, y: Math.min(...found.map((point) => point.y)), head: `${title} ${step}`, points: found, step};
  });
  return readings.sort((one, other) => one.x - other.x);
}

function marks(chart, selector) {
  return [...chart.querySelectorAll(selector)].map((mark) => {
    const {x, y, width, height} = mark.getBBox();
    const bar = mark.matches(".hb-bar");
    return {mark, x: bar ? x + width : x + width / 2, y: y + height / 2, head: said(mark), points: []};
  });
}

function words({head, points, step}) {
  const values = points.map((point) => `${point.name} ${point.value}${point.step === step ? "" : ` at ${point.step}`}`);
  return [head, ...values];
}

class Reader {
  constructor(chart) {
    this.chart = chart;
    const [bars, links] = [chart.matches(".hb-bars"), chart.querySelector(".hb-version") !== null];
    this.axis = bars ? "y" : "x";
    this.readings = bars ? marks(chart, ".hb-bar") : links ? marks(chart, ".hb-version") : curves(chart);
    if (!this.readings.length) return;
    this.box = document.createElement("div");
    this.box.className = "hb-reading";
    this.box.hidden = true;
    const around = document.createElement("div");
    around.className = "hb-read";
    chart.replaceWith(around);
    around.append(chart, this.box);
    this.cross = shape("g", {class: "hb-cursor"});
    chart.append(this.cross);
    chart.addEventListener("pointermove", (event) => this.show(this.nearest(event)));
    chart.addEventListener("pointerdown", (event) => this.show(this.nearest(event)));
    chart.addEventListener("pointerleave", () => this.hide());
    if (links) {
      for (const reading of this.readings) {
        reading.mark.addEventListener("focus", () => this.show(reading));
        reading.mark.addEventListener("blur", () => this.hide());
      }
    } else around.append(this.slider());
  }

  // A slider is what every screen reader and keyboard knows; it is seen while it is used.
  slider() {
    const slider = document.createElement("input");
    slider.type = "range";
    slider.className = "hb-slider";
    slider.max = this.readings.length - 1;
    slider.value = this.axis === "x" ? slider.max : 0;
    slider.setAttribute("aria-label", `Values of ${this.name()}`);
    const read = () => {
      const reading = this.readings[slider.value];
      slider.setAttribute("aria-valuetext", words(reading).join(", "));
      if (document.activeElement === slider) this.show(reading);
    };
    read();
    slider.addEventListener("input", read);
    slider.addEventListener("focus", read);
    slider.addEventListener("blur", () => this.hide());
    slider.addEventListener("keydown", (event) => {
      if (event.key === "Escape") slider.blur();
    });
    return slider;
  }

  name() {
    return this.chart.closest("figure")?.querySelector("figcaption")?.textContent ?? "the chart";
  }

  get ratio() {
    return this.chart.getBoundingClientRect().width / this.chart.viewBox.baseVal.width;
  }

  nearest(event) {
    const around = this.chart.getBoundingClientRect();
    const at = {x: (event.clientX - around.left) / this.ratio, y: (event.clientY - around.top) / this.ratio}[this.axis];
    const far = (reading) => Math.abs(reading[this.axis] - at);
    return this.readings.reduce((best, reading) => (far(reading) < far(best) ? reading : best));
  }

  show(reading) {
    const [head, ...values] = words(reading);
    const title = document.createElement("b");
    title.textContent = head;
    this.box.replaceChildren(title, ...values.map((text, index) => {
      const row = document.createElement("span");
      const swatch = shape("svg", {width: 12, height: 8, "aria-hidden": "true"});
      swatch.append(shape("path", {class: `hb-line ${reading.points[index].css}`, d: "M0 4h12"}));
      row.append(swatch, text);
      return row;
    }));
    this.cross.replaceChildren(...this.cursor(reading));
    for (const {mark} of this.readings) mark?.classList.toggle("hb-read-out", mark === reading.mark);
    this.box.hidden = false;
    const {width} = this.chart.getBoundingClientRect();
    const {offsetWidth, offsetHeight} = this.box;
    const [x, y] = [reading.x * this.ratio, reading.y * this.ratio];
    // Beside a line across the chart, on the side with more room; over a single mark, or below it.
    const [left, top] = values.length
      ? [x > width / 2 ? x - offsetWidth - 10 : x + 10, Math.max(0, y - offsetHeight / 2)]
      : [x - offsetWidth / 2, y > offsetHeight + 14 ? y - offsetHeight - 14 : y + 14];
    this.box.style.left = `${Math.max(0, Math.min(left, width - offsetWidth))}px`;
    this.box.style.top = `${top}px`;
  }

  cursor({x, points}) {
    if (!points.length) return [];
    const grid = this.chart.querySelector(".hb-grid").getBBox();
    return [
      shape("path", {class: "hb-crosshair", d: `M${x} ${grid.y}V${grid.y + grid.height}`}),
      ...points.map((point) => shape("ellipse", {class: `hb-dot ${point.css}`, cx: point.x, cy: point.y, rx: 4, ry: 4})),
    ];
  }

  hide() {
    this.box.hidden = true;
    this.cross.replaceChildren();
    for (const {mark} of this.readings) mark?.classList.remove("hb-read-out");
  }
}

for (const chart of document.querySelectorAll("svg.hb-chart")) new Reader(chart);
})();
