"use strict";
// The player of one scenario: its buttons, the choice of a pair, and the panel that tells about a mark.

class Player extends Timelines {
  constructor(section, panel) {
    super(section);
    Object.assign(this, { panel, speed: 1 });
    this.player.addEventListener("click", (event) => this.do(event.target.dataset.do));
    this.player.querySelector(".speed").addEventListener("input", (event) => this.setSpeed(10 ** event.target.value));
    this.player.querySelector(".time").addEventListener("input", (event) => this.seek(Number(event.target.value)));
    this.pairs();
    // The axis stays below the player, which has two rows if the names of a pair are long.
    new ResizeObserver(() => this.grid.style.setProperty("--bar", `${this.player.offsetHeight}px`)).observe(this.player);
  }

  tip(event, point) { this.panel.tip(event, point && point.cell.words(point.row)); }

  setSpeed(speed) {
    this.speed = speed;
    this.player.querySelector(".times").textContent = `${speed < 1 ? speed.toFixed(2) : speed.toFixed(1)}×`;
  }

  play() {
    if (this.at === null || this.at >= this.whole[1]) this.seek(this.whole[0]);
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

  /** Mark a point with a ring, and tell about it. */
  choose(view, point) {
    Object.assign(this, { chosen: point, ringed: view });
    this.ring ??= Object.assign(document.createElement("div"), { className: "ring" });
    view.box.append(this.ring);
    this.place();
    this.tip(null);
    this.panel.tell(this.views.find(({ label, cell }) => label && cell === point.cell).label, point);
  }

  /** Go to the next mark of the shown clients (with -1 to the previous one). */
  step(by) {
    this.pause();
    const shown = this.views.filter((view) => view.label && !view.article.hidden);
    const all = shown.flatMap((view) => view.points.map((point) => ({ view, point }))).sort((a, b) => a.point.t - b.point.t);
    // Several marks can have the same time. If the cursor is still at the chosen mark, go on from its place in the list.
    const here = this.chosen?.t === this.at ? all.findIndex(({ point }) => point === this.chosen) : -1;
    const to = all[here >= 0 ? here + by
      : by > 0 ? all.findIndex(({ point }) => point.t >= (this.at ?? this.whole[0]))
      : all.findLastIndex(({ point }) => point.t <= (this.at ?? this.whole[1]))];
    if (!to) return;
    this.chosen = to.point;
    this.seek(to.point.t);
    if (this.at < this.shown[0] || this.at > this.shown[1]) this.show(this.shown.map((edge) => edge - this.shown[0] + this.at));
    this.choose(to.view, to.point);
  }

  do(what) {
    const third = (this.shown[1] - this.shown[0]) / 3;
    const actions = {
      play: () => this.frame ? this.pause() : this.play(),
      previous: () => this.step(-1),
      next: () => this.step(1),
      in: () => this.zoom(0.5),
      out: () => this.zoom(2),
      left: () => this.show(this.shown.map((edge) => edge - third)),
      right: () => this.show(this.shown.map((edge) => edge + third)),
      all: () => { this.pause(); this.seek(null); this.show(this.whole, [0, this.plot.tasks]); },
    };
    if (what) actions[what]();
  }

  /** The choice of two clients for the pair view. */
  pairs() {
    const choices = [...this.player.querySelectorAll("select")];
    if (this.plot.crowd || this.views.length < 2) return this.player.querySelector(".choose").remove();
    for (const choice of choices) {
      for (const { label } of this.views) choice.append(new Option(label));
      choice.addEventListener("change", () => this.pair(choices.map(({ value }) => value)));
    }
  }

  /** Show two clients, by their labels, over one another. */
  pair(labels) {
    if (this.plot.crowd) return; // it has no lanes
    const found = labels.map((label) => this.views.find((view) => view.label === label));
    if (!this.paired) {
      this.paired = new PairView(this.grid, this.plot);
      this.hear(this.paired);
      this.views.push(this.paired);
    }
    this.paired.article.hidden = this.paired.traits.hidden = true;
    this.player.querySelectorAll("select").forEach((choice, i) => { choice.value = labels[i]; });
    if (found.every(Boolean) && found[0] !== found[1]) this.paired.show(found.map(({ cell }) => cell), labels);
    this.show(this.shown);
  }
}

/** What is told about a mark: a line at the pointer, and a panel with everything. */
class MarkPanel {
  constructor() {
    [this.line, this.panel] = ["tip", "mark"].map((id) => document.getElementById(id));
    this.panel.querySelector("button").addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
  }

  tip(event, words) {
    this.line.hidden = !words;
    if (!words) return;
    this.line.textContent = words;
    const { offsetWidth, offsetHeight } = this.line, below = event.clientY + 18;
    this.line.style.left = `${Math.max(0, Math.min(event.clientX + 14, innerWidth - offsetWidth - 8))}px`;
    this.line.style.top = `${below + offsetHeight > innerHeight ? event.clientY - offsetHeight - 10 : below}px`;
  }

  /** Tell about a mark of a client; the line of the send log follows when it is unpacked. */
  async tell(label, { cell, row }) {
    const { said, sent } = cell.told(row), list = document.createElement("dl");
    const add = (name, words) => {
      list.appendChild(document.createElement("dt")).textContent = name;
      return Object.assign(list.appendChild(document.createElement("dd")), { textContent: words });
    };
    add("client", label);
    for (const [name, words] of said) add(name, words);
    const line = sent && add("send log", "…");
    this.panel.querySelector("[role=status]").replaceChildren(list);
    this.panel.hidden = false;
    if (line) line.textContent = await cell.line(sent).catch(() => "this browser cannot unpack it");
  }

  close() { this.panel.hidden = true; }
}
