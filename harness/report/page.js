"use strict";
// Draws the figures and replays the timelines. All views of a scenario share one clock: the part of it that is shown,
// and the place of the cursor. Text that a client printed is only ever set as `textContent`.

const MANY = 1500; // with more marks than this, a canvas is faster than a node for each mark
const KINDS = { open: "connection open", sent: "sent", reported: "reported", printed: "printed" };
const tip = document.getElementById("tip");

/** Columns {name: [values]} as rows {name: value}. */
function rows(columns) {
  const names = Object.keys(columns);
  return names.length ? columns[names[0]].map((_, i) => Object.fromEntries(names.map((n) => [n, columns[n][i]]))) : [];
}

/** One scenario: its views, its clock and its player. */
class Scenario {
  constructor(section) {
    this.section = section;
    const { spec, clock, marks, poems, tasks } = JSON.parse(section.querySelector("script.timelines").textContent);
    Object.assign(this, { spec, whole: clock, shown: clock, marks, tasks, at: null, speed: 1, views: [], events: [] });
    this.poems = poems.map((text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
    this.player = section.querySelector(".player");
    this.player.addEventListener("click", (event) => this.do(event.target.dataset.do));
    this.player.querySelector(".speed").addEventListener("input", (event) => this.setSpeed(10 ** event.target.value));
    this.player.querySelector(".time").addEventListener("input", (event) => this.seek(Number(event.target.value)));
  }

  /** Draw one client's timeline. */
  async draw(box) {
    const tables = Object.fromEntries(
      Object.entries(this.marks[box.dataset.key]).map(([kind, columns]) => [kind, rows(columns)]));
    const many = Object.values(tables).reduce((sum, table) => sum + table.length, 0) > MANY;
    const tooltip = (handler, event, item, kind) => this.tell(event, kind && this.words(kind, item.datum));
    const chart = box.appendChild(document.createElement("div"));
    const { view } = await draw(chart, this.spec, { renderer: many ? "canvas" : "svg", tooltip });
    for (const [kind, table] of Object.entries(tables)) view.data(kind, table);
    view.width(box.clientWidth || 1000).signal("clock_from", this.shown[0]).signal("clock_to", this.shown[1]);
    // An SVG takes the colours of the page by itself; a canvas needs to be given them.
    const ink = () => view.signal("ink", many ? getComputedStyle(box).color : "currentColor").run();
    ink();
    for (const media of ["print", "(prefers-color-scheme: dark)"]) matchMedia(media).addEventListener("change", ink);
    const [veil, cursor] = ["veil", "cursor"].map((name) => {
      const node = box.appendChild(document.createElement("div"));
      node.className = name;
      node.hidden = true;
      return node;
    });
    const label = box.closest("article").dataset.client;
    const one = { box, view, veil, cursor, label };
    const events = ["sent", "reported", "printed"].flatMap((kind) => tables[kind].map((row) => ({ t: row.t, kind, row, label })));
    this.events = [...this.events, ...events].sort((a, b) => a.t - b.t);
    this.views.push(one);
    this.place(one);
    new ResizeObserver(() => {
      if (!box.clientWidth || Math.abs(view.width() - box.clientWidth) < 1) return;
      view.width(box.clientWidth).run();
      this.place(one);
    }).observe(box);
    this.listen(chart);
  }

  /** Ctrl with the wheel zooms at the pointer, dragging moves, a double click shows everything. */
  listen(chart) {
    const own = () => this.views.find((one) => one.box.contains(chart));
    const perPixel = () => (this.shown[1] - this.shown[0]) / own().view.scale("x").range()[1];
    chart.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return; // without it the page scrolls
      event.preventDefault();
      const x = event.clientX - chart.getBoundingClientRect().left - this.left(own());
      this.zoom(1.002 ** event.deltaY, this.shown[0] + x * perPixel());
    }, { passive: false });
    chart.addEventListener("pointerdown", (event) => {
      const shown = this.shown, seconds = perPixel();
      chart.setPointerCapture(event.pointerId);
      chart.onpointermove = (to) => this.show(shown.map((edge) => edge + (event.clientX - to.clientX) * seconds));
      chart.onlostpointercapture = () => { chart.onpointermove = null; };
    });
    chart.addEventListener("dblclick", () => this.show(this.whole));
  }

  /** Show this part of the clock in all views; it is moved and cut so that it lies within the whole. */
  show([from, to]) {
    const [start, end] = this.whole, span = Math.min(to - from, end - start);
    from = Math.max(start, Math.min(from, end - span));
    this.shown = [from, from + span];
    if (this.showing) return;
    this.showing = requestAnimationFrame(() => {
      this.showing = null;
      for (const one of this.views) {
        one.view.signal("clock_from", this.shown[0]).signal("clock_to", this.shown[1]).run();
        this.place(one);
      }
    });
  }

  zoom(factor, about = this.at ?? (this.shown[0] + this.shown[1]) / 2) {
    if ((this.shown[1] - this.shown[0]) * factor < 0.001) return;
    this.show(this.shown.map((edge) => about + (edge - about) * factor));
  }

  left(one) { return one.view.origin()[0] + one.view.padding().left; }

  /** Put a view's cursor at the current time, and the veil over everything after it. */
  place(one) {
    const { view, veil, cursor } = one;
    veil.hidden = cursor.hidden = this.at === null;
    if (this.at === null) return;
    const left = this.left(one), right = left + view.scale("x").range()[1];
    const x = Math.min(right, Math.max(left, left + view.scale("x")(this.at)));
    const top = view.origin()[1] + view.padding().top;
    for (const node of [veil, cursor]) Object.assign(node.style, { left: `${x}px`, top: `${top}px`, height: `${view.height()}px` });
    veil.style.width = `${right - x}px`;
  }

  /** Set the cursor to a time; null removes the cursor. */
  seek(at) {
    this.at = at;
    this.player.querySelector(".at").textContent = at === null ? "" : `${at.toFixed(3)} s`;
    this.player.querySelector(".time").value = at ?? this.whole[1];
    for (const one of this.views) this.place(one);
  }

  setSpeed(speed) {
    this.speed = speed;
    this.player.querySelector(".times").textContent = `${speed < 1 ? speed.toFixed(2) : speed.toFixed(1)}×`;
  }

  get playing() { return this.frame !== undefined; }

  play() {
    if (this.at === null || this.at >= this.whole[1]) this.seek(this.whole[0]);
    this.say("");
    let before = performance.now();
    const step = (now) => {
      const next = this.at + Math.max(0, now - before) / 1000 * this.speed;
      before = now;
      this.seek(Math.min(next, this.whole[1]));
      if (next >= this.whole[1]) return this.pause();
      if (this.at > this.shown[1]) this.show(this.shown.map((edge) => edge + this.shown[1] - this.shown[0]));
      this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
    this.player.querySelector("[data-do=play]").textContent = "❚❚ pause";
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    this.player.querySelector("[data-do=play]").textContent = "▶ play";
  }

  /** Go to the next mark of the shown clients (with -1 to the previous one), and describe it. */
  step(by) {
    this.pause();
    const shown = new Set(this.views.filter((one) => !one.box.closest("article").hidden).map((one) => one.label));
    const events = this.events.filter((event) => shown.has(event.label));
    // Several marks can have the same time. If the cursor is still at the last described mark, go on from its place in
    // the list, else search by time.
    const here = this.described?.t === this.at ? events.indexOf(this.described) : -1;
    const event = events[
      here >= 0 ? here + by
        : by > 0 ? events.findIndex(({ t }) => t >= (this.at ?? this.whole[0]))
        : events.findLastIndex(({ t }) => t <= (this.at ?? this.whole[1]))];
    if (!event) return;
    this.described = event;
    this.seek(event.t);
    if (event.t < this.shown[0] || event.t > this.shown[1]) this.show(this.shown.map((edge) => edge - this.shown[0] + event.t));
    this.say(`${event.label}: ${this.words(event.kind, event.row)}`);
  }

  do(what) {
    const third = (this.shown[1] - this.shown[0]) / 3;
    const actions = {
      play: () => this.playing ? this.pause() : this.play(),
      previous: () => this.step(-1),
      next: () => this.step(1),
      in: () => this.zoom(0.5),
      out: () => this.zoom(2),
      left: () => this.show(this.shown.map((edge) => edge - third)),
      right: () => this.show(this.shown.map((edge) => edge + third)),
      all: () => { this.pause(); this.seek(null); this.show(this.whole); },
    };
    if (what) actions[what]();
  }

  /** The description of a mark, with its bytes. */
  words(kind, { t, u, k, s, e, how, text }) {
    const time = `${t.toFixed(4)} s`, task = k ? `task ${k}` : "no task of the scenario";
    if (kind === "open") return `${task}: ${KINDS.open} from ${time} to ${u.toFixed(4)} s (${how})`;
    const bytes = text ?? JSON.stringify(new TextDecoder().decode(this.poem(k).slice(s, Math.min(e, s + 60))));
    return `${time}  ${task}: ${KINDS[kind]} bytes ${s} to ${e}: ${bytes}${text == null && e - s > 60 ? "…" : ""}`;
  }

  poem(task) { return this.poems[this.tasks[task - 1]] ?? new Uint8Array(); }

  say(words) { this.player.querySelector(".now").textContent = words; }

  tell(event, words) {
    tip.hidden = !words;
    if (!words) return;
    tip.textContent = words;
    tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)}px`;
    tip.style.top = `${event.clientY + 18 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : event.clientY + 18}px`;
  }
}

/** Draw a compiled specification into a node. */
function draw(node, spec, options) {
  return vegaEmbed(node, spec, { mode: "vega", actions: false, defaultStyle: false, ...options });
}

/** Draw everything, one figure per turn of the event loop, so that the page can be read and scrolled meanwhile. */
async function drawAll() {
  const all = [];
  for (const section of document.querySelectorAll("section.scenario")) {
    if (section.querySelector("script.timelines")) {
      const scenario = new Scenario(section);
      for (const box of section.querySelectorAll(".timeline")) all.push(() => scenario.draw(box));
    }
    for (const figure of section.querySelectorAll(".comparison")) {
      const spec = JSON.parse(figure.querySelector(".spec").textContent);
      all.push(() => draw(figure.querySelector(".chart"), spec, { renderer: "svg" }));
    }
  }
  for (const one of all) {
    await one().catch(console.error); // if one figure cannot be drawn, the others still are
    await new Promise((resolve) => setTimeout(resolve));
  }
  document.body.dataset.drawn = Math.round(performance.now()); // milliseconds since the page was opened
}
drawAll();

document.getElementById("clients").addEventListener("change", (event) => {
  for (const article of document.querySelectorAll("article.cell"))
    if (article.dataset.client === event.target.value) article.hidden = !event.target.checked;
});
