"use strict";
// The drawings that share a scenario's clock. Each has its points, {t, y, row, cell}, and shows a part of the clock.
// The lanes themselves were drawn when the page was written: a part of them is shown by the SVG's view box.

const KINDS = ["sent", "reported", "printed"];
const LEVELS = [0.15, 0.5]; // as in lanes.py
const CELL = 2; // pixels
const FAULT = 5; // pixels
const SPARSE = 3000; // marks

/** The middle of a mark in a timeline with lanes; see `Plot.y` in lanes.py. */
function middle({ tasks, lane, out }, kind, task) {
  if (kind === "printed") return tasks * lane + 1 + (out - 2) * ((task ? task - 0.5 : tasks + 0.3) / (tasks + 0.6));
  return (task - 1 + (kind === "sent" ? 0.28 : 0.74)) * lane;
}

class LaneView {
  constructor(article, cell, plot) {
    Object.assign(this, { article, cell, plot, box: article.querySelector(".plot"), label: article.dataset.client });
    this.svg = this.box.querySelector("svg");
  }

  get points() {
    return this.made ??= KINDS.flatMap((kind) => this.cell[kind].map((row) => (
      { t: row.t, y: middle(this.plot, kind, row.k), row, cell: this.cell })));
  }

  y(point) { return point.y; }

  /** Show the clock from `from` to `to`. */
  draw([from, to]) {
    const { clock, width, height } = this.plot, scale = width / (clock[1] - clock[0]);
    this.svg.setAttribute("viewBox", `${(from - clock[0]) * scale} 0 ${(to - from) * scale} ${height}`);
    for (const word of this.box.querySelectorAll(".word")) {
      const place = (word.dataset.t - from) / (to - from);
      word.style.left = `${place * 100}%`;
      word.classList.toggle("late", place > 0.93); // it then stands left of its mark
    }
  }
}

/** A crowd: marks are counted in cells of time and tasks, which are counted again for the part that is shown. */
class CrowdView extends LaneView {
  tasks = null; // the part of the tasks that is shown, from 0 to their number

  get points() {
    return this.made ??= KINDS.flatMap((kind) => this.cell[kind].map((row) => ({ t: row.t, row, cell: this.cell })));
  }

  y({ row }) {
    const [first, last] = this.tasks ?? [0, this.plot.tasks], { lane, gap } = this.plot;
    const place = (row.k - 0.5 - first) / (last - first);
    return place < 0 || place > 1 ? -99 : KINDS.indexOf(row.kind) * (lane + gap) + place * lane;
  }

  draw([from, to], tasks) {
    [this.tasks, this.drawn] = [tasks, 0];
    const width = this.svg.clientWidth || this.plot.width;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${this.plot.height}`);
    const paths = KINDS.flatMap((kind, i) => this.band(this.cell[kind], i * (this.plot.lane + this.plot.gap), width, from, to)
      .map((d, level) => [`${kind} level${level}`, d]));
    const fault = ({ t, k }) => `M${(t - from) / (to - from) * width} ${this.y({ row: { k, kind: "sent" } })}h${FAULT}`;
    const faults = this.cell.faults.filter(({ k }) => k).map(fault).join("");
    this.svg.replaceChildren(...[...paths, ["fault", faults]].map(([name, d]) => path(name, d)));
    const shown = Math.min(this.plot.lane, Math.ceil(tasks[1] - tasks[0]));
    const sparse = this.drawn < SPARSE; // few marks are drawn larger, so that each can be seen
    this.svg.style.setProperty("--cell", `${Math.max(sparse ? 3 : 1.1, this.plot.lane / shown * 0.8)}px`);
    this.svg.classList.toggle("sparse", sparse);
  }

  /** The paths of one band, by level. */
  band(marks, top, width, from, to) {
    const [first, last] = this.tasks, rows = Math.min(this.plot.lane, Math.ceil(last - first));
    const columns = Math.ceil(width / CELL), counts = new Uint16Array(rows * columns), high = this.plot.lane / rows;
    let most = 1;
    for (const { t, k } of marks) {
      const column = Math.floor((t - from) / (to - from) * columns), row = Math.floor((k - 1 - first) / (last - first) * rows);
      if (column < 0 || column >= columns || row < 0 || row >= rows) continue;
      const count = ++counts[row * columns + column];
      if (count > most) most = count;
    }
    this.drawn += counts.reduce((sum, count) => sum + count, 0);
    const found = ["", "", ""];
    for (let row = 0, i = 0; row < rows; row++) {
      for (let column = 0, before = -1; column < columns; column++, i++) {
        if (!counts[i]) { before = -1; continue; }
        const level = (counts[i] > most * LEVELS[0]) + (counts[i] > most * LEVELS[1]);
        found[level] += level === before ? `h${CELL}` : `M${column * CELL} ${(top + (row + 0.5) * high).toFixed(1)}h${CELL}`;
        before = level;
      }
    }
    return found;
  }
}

/** A path of SVG. */
function path(name, d) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", "path");
  node.setAttribute("class", name);
  node.setAttribute("d", d);
  return node;
}

/** Round times within a clock; see `ticks` in lanes.py. */
function ticks([start, end], most = 10) {
  const rough = (end - start) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => power * factor >= rough * 0.999);
  const found = [];
  for (let i = Math.ceil(start / step); i <= Math.floor(end / step); i++) found.push(Number((step * i).toPrecision(9)));
  return found;
}
