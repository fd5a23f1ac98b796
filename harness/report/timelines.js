"use strict";
// One scenario's timelines: one clock, one axis and one cursor over all clients.

const NEAR = 9; // pixels from the pointer to a mark

class Timelines {
  constructor(section) {
    const data = JSON.parse(section.querySelector("script.data").textContent);
    const [start, end] = data.plot.clock;
    Object.assign(this, { plot: data.plot, tasks: data.tasks, sizes: data.sizes, whole: [start, end], shown: [start, end], at: null });
    this.rows = [0, this.plot.tasks]; // the tasks shown; only a crowd shows a part of them
    this.poems = data.poems.map((text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
    this.grid = section.querySelector(".grid");
    this.player = section.querySelector(".player");
    const View = this.plot.crowd ? CrowdView : LaneView;
    this.views = [...this.grid.querySelectorAll("article.cell")].map((article) =>
      new View(article, new Cell(article.id, data.cells[article.id], this), this.plot));
    for (const view of this.views) this.hear(view);
    if (this.plot.crowd) new ResizeObserver(() => this.show(this.shown)).observe(this.grid);
  }

  /** Point at a mark for its words, click for all about it; Ctrl with the wheel zooms, dragging moves. */
  hear(view) {
    const { box } = view;
    const seconds = () => (this.shown[1] - this.shown[0]) / box.clientWidth;
    box.addEventListener("pointermove", (event) => {
      if (!event.buttons) this.tip(event, this.nearest(view, event));
    });
    box.addEventListener("pointerleave", () => this.tip(null));
    box.addEventListener("click", (event) => {
      const point = !this.dragged && this.nearest(view, event);
      if (point) this.choose(view, point);
    });
    box.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return; // without it the page scrolls
      event.preventDefault();
      const place = box.getBoundingClientRect();
      this.zoom(1.002 ** event.deltaY, this.shown[0] + (event.clientX - place.left) * seconds(), this.task(event.clientY - place.top));
    }, { passive: false });
    box.addEventListener("pointerdown", (event) => {
      const { shown, rows } = this, perPixel = seconds(), tasks = (rows[1] - rows[0]) / this.plot.lane;
      this.dragged = false;
      const move = (to) => {
        const [x, y] = [event.clientX - to.clientX, event.clientY - to.clientY];
        if (!this.dragged && Math.hypot(x, y) < 4) return;
        if (!this.dragged) box.setPointerCapture(event.pointerId);
        this.dragged = true;
        this.show(shown.map((edge) => edge + x * perPixel), rows.map((edge) => edge + y * tasks));
      };
      box.addEventListener("pointermove", move);
      const stop = () => box.removeEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel"]) addEventListener(name, stop, { once: true });
    });
    box.addEventListener("dblclick", () => this.show(this.whole, [0, this.plot.tasks]));
  }

  /** The task of a crowd at a height of its timeline, counted from 0. */
  task(y) {
    const { lane, gap } = this.plot;
    return this.rows[0] + (y % (lane + gap)) / lane * (this.rows[1] - this.rows[0]);
  }

  nearest(view, event) {
    const place = view.box.getBoundingClientRect(), [from, to] = this.shown;
    const x = event.clientX - place.left, y = event.clientY - place.top, scale = place.width / (to - from);
    let found = null, least = NEAR;
    for (const point of view.points) {
      const across = Math.abs((point.t - from) * scale - x);
      if (across >= least) continue;
      const away = Math.hypot(across, view.y(point) - y);
      if (away < least) [found, least] = [point, away];
    }
    return found;
  }

  /** Show a part of the clock (and of a crowd's tasks) in all views; it is moved and cut to lie within the whole. */
  show(clock, rows = this.rows) {
    this.shown = within(clock, this.whole);
    this.rows = within(rows, [0, this.plot.tasks]);
    this.showing ??= requestAnimationFrame(() => {
      this.showing = undefined;
      for (const view of this.views) if (!view.article.hidden) view.draw(this.shown, this.rows);
      this.axis();
      this.place();
    });
  }

  zoom(factor, about = this.at ?? (this.shown[0] + this.shown[1]) / 2, task = (this.rows[0] + this.rows[1]) / 2) {
    if ((this.shown[1] - this.shown[0]) * factor < 0.001) return;
    const rows = this.rows.map((edge) => task + (edge - task) * factor);
    this.show(this.shown.map((edge) => about + (edge - about) * factor), rows[1] - rows[0] < 5 ? this.rows : rows);
  }

  axis() {
    const places = ticks(this.shown), over = this.grid.querySelector(".over");
    const make = (tag, t, words) => {
      const node = Object.assign(document.createElement(tag), { textContent: words });
      node.style.left = this.percent(t);
      return node;
    };
    const label = (t, i) => make("span", t, `${t}${i === places.length - 1 ? " s" : ""}`);
    over.querySelector(".axis").replaceChildren(...places.map(label));
    for (const tick of over.querySelectorAll(".tick")) tick.remove();
    over.append(...places.map((t) => Object.assign(make("i", t, ""), { className: "tick" })));
    if (!this.plot.crowd) return;
    const tasks = `${Math.floor(this.rows[0]) + 1} to ${Math.ceil(this.rows[1])}`;
    for (const label of this.grid.querySelectorAll(".gutter span")) label.title = `tasks ${tasks}`;
    this.player.querySelector(".at").textContent = `tasks ${tasks}`;
  }

  percent(t) { return `${(t - this.shown[0]) / (this.shown[1] - this.shown[0]) * 100}%`; }

  /** Put the cursor at the current time, the veil over all after it, and the ring around the chosen mark. */
  place() {
    const [veil, cursor] = ["veil", "cursor"].map((name) => this.grid.querySelector(`.${name}`));
    const outside = this.at === null || this.at < this.shown[0] || this.at > this.shown[1];
    veil.hidden = this.at === null || this.at > this.shown[1];
    cursor.hidden = outside;
    cursor.style.left = this.percent(this.at ?? 0);
    veil.style.left = outside ? "0" : this.percent(this.at);
    if (!this.ring) return;
    this.ring.style.left = this.percent(this.chosen.t);
    this.ring.style.top = `${this.ringed.y(this.chosen)}px`;
  }

  /** Set the cursor to a time; null removes the cursor. */
  seek(at) {
    this.at = at;
    this.player.querySelector(".at").textContent = at === null ? "" : `${at.toFixed(3)} s`;
    this.player.querySelector(".time").value = at ?? this.whole[1];
    this.place();
  }
}

/** A part [from, to] moved and cut so that it lies within the whole. */
function within([from, to], [start, end]) {
  const span = Math.min(to - from, end - start);
  const first = Math.max(start, Math.min(from, end - span));
  return [first, first + span];
}
