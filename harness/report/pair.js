"use strict";
// The pair view: two clients over one another on each lane, and what they saw in another order.

const EPSILON = 0.005; // seconds: what was seen nearer together than this has no order; as in the lab's metric of order
const MOST = 3000; // marks of a client; to compare each mark with each takes too long with more

/** For each mark of `a`, whether `b` saw it in another order: some mark of another task came before it for one client,
 *  and after it for the other, by more than EPSILON for both. Marks are {t, k, e}: bytes to `e` of task `k`. */
function inverted(a, b) {
  const byTask = Map.groupBy(b, (mark) => mark.k);
  const other = a.map(({ k, e }) => byTask.get(k)?.find((mark) => mark.e >= e)?.t);
  return a.map((mark, i) => other[i] !== undefined && a.some((before, j) => {
    if (before.k === mark.k || other[j] === undefined) return false;
    const own = mark.t - before.t, theirs = other[i] - other[j];
    return Math.abs(own) > EPSILON && Math.abs(theirs) > EPSILON && own > 0 !== theirs > 0;
  }));
}

/** What two clients do otherwise, in words: marks show when they saw the poems, not what they printed. */
function differing([a, b], labels) {
  const traits = Object.keys(a.does).filter((trait) => b.does[trait] && b.does[trait] !== a.does[trait]);
  const said = [a, b].map((cell, i) => `${labels[i]} ${traits.map((trait) => cell.does[trait]).join(" and ")}`);
  return traits.length ? `${said.join("; ")}.` : "Both connect, report and print in the same way here.";
}

class PairView {
  constructor(grid, plot) {
    const article = document.createElement("article");
    const lane = Math.max(plot.lane, 24);
    Object.assign(this, { article, lane, plot: { ...plot, lane, height: plot.tasks * lane }, label: null });
    article.className = "pair";
    article.hidden = true;
    article.tabIndex = -1;
    const make = (tag, name) => Object.assign(document.createElement(tag), { className: name });
    this.title = article.appendChild(make("h3", ""));
    const gutter = article.appendChild(make("div", "gutter"));
    for (let task = 1; task <= plot.tasks; task++) {
      const label = gutter.appendChild(make("span", ""));
      label.textContent = task;
      label.style.top = `${(task - 0.5) * lane}px`;
    }
    this.box = article.appendChild(make("div", "plot"));
    for (const one of [gutter, this.box]) one.style.height = `${this.plot.height}px`;
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.svg.setAttribute("class", "timeline");
    this.svg.setAttribute("preserveAspectRatio", "none");
    this.svg.setAttribute("role", "img");
    this.box.append(this.svg);
    this.points = [];
    this.traits = make("p", "traits");
    this.traits.setAttribute("role", "status");
    grid.querySelector(".over").after(article);
    article.after(this.traits);
  }

  /** Show two cells, the first above; returns what is seen in a sentence. */
  show(cells, labels) {
    const marks = cells.map((cell) => cell[cell.seen].filter((row) => row.k > 0));
    const many = marks.some((own) => own.length > MOST);
    const odd = many ? marks.map((own) => own.map(() => false)) : [inverted(...marks), inverted(marks[1], marks[0])];
    const { clock, width } = this.plot, scale = width / (clock[1] - clock[0]);
    const paths = { same: "", other: "" };
    this.points = [];
    marks.forEach((own, which) => own.forEach((row, i) => {
      const y = (row.k - 1 + (which ? 0.74 : 0.26)) * this.lane, half = this.lane * (odd[which][i] ? 0.19 : 0.12);
      paths[odd[which][i] ? "other" : "same"] += `M${((row.t - clock[0]) * scale).toFixed(2)} ${(y - half).toFixed(1)}v${(2 * half).toFixed(1)}`;
      this.points.push({ t: row.t, y, row, cell: cells[which] });
    }));
    this.svg.replaceChildren(...Object.entries(paths).map(([name, d]) => path(name, d)));
    const counts = labels.map((label, i) => `${odd[i].filter(Boolean).length} of ${marks[i].length}${cells[i].seen === "printed" ? " printed" : ""}`);
    const said = `${labels.join(" over ")}: ${many ? "too many marks to compare their order" : `${counts.join(" and ")} marks in another order`}`;
    this.title.textContent = said;
    this.traits.textContent = differing(cells, labels);
    this.svg.setAttribute("aria-label", `Pair view. ${said}`);
    this.article.hidden = this.traits.hidden = false;
  }

  y(point) { return point.y; }

  draw(shown) { LaneView.prototype.draw.call(this, shown); }
}
