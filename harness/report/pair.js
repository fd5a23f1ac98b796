"use strict";
// The pair view: two clients over one another on each lane, what they saw in another order, and what each printed when.

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

/** What two clients do otherwise, in words. */
function differing([a, b]) {
  const traits = Object.keys(a.does).filter((trait) => b.does[trait] && b.does[trait] !== a.does[trait]);
  const [upper, lower] = [a, b].map((cell) => traits.map((trait) => cell.does[trait]).join(" and "));
  return traits.length ? `the upper ${upper}; the lower ${lower}` : "both connect, report and print in the same way here";
}

/** How many marks of each client are in another order, in words: marks show when it saw the poems. */
function order(marks, odd, cells) {
  const counts = marks.map((own, i) => `${odd[i].filter(Boolean).length} of ${own.length}${cells[i].seen === "printed" ? " printed" : ""}`);
  if (odd.flat().some(Boolean)) return `Of what they saw, ${counts.join(" and ")} marks are in another order; they are coloured.`;
  return `Both saw the poems in the same order: ${counts.join(" and ")} marks are in another one.`;
}

class PairView {
  constructor(grid, plot) {
    const article = document.createElement("article");
    const lane = Math.max(plot.lane, 24), out = Math.max(plot.out, 18), lanes = plot.tasks * lane;
    Object.assign(this, { article, plot: { ...plot, lane, out, height: lanes + 2 * out }, label: null });
    article.className = "pair";
    article.hidden = true;
    article.tabIndex = -1;
    const make = (tag, name) => Object.assign(document.createElement(tag), { className: name });
    this.title = article.appendChild(make("h3", ""));
    this.names = article.appendChild(make("div", "names"));
    const gutter = article.appendChild(make("div", "gutter"));
    const label = (words, y) => {
      const node = Object.assign(gutter.appendChild(make("span", "")), { textContent: words });
      node.style.top = `${y}px`;
    };
    for (let task = 1; task <= plot.tasks; task++) label(task, (task - 0.5) * lane);
    for (const which of [0, 1]) label("out", lanes + (which + 0.5) * out);
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

  /** Show two cells, the first above. */
  show(cells, labels) {
    const marks = cells.map((cell) => cell[cell.seen].filter((row) => row.k > 0));
    const many = marks.some((own) => own.length > MOST);
    const odd = many ? marks.map((own) => own.map(() => false)) : [inverted(...marks), inverted(marks[1], marks[0])];
    const { clock, width, lane, out, tasks } = this.plot, scale = width / (clock[1] - clock[0]);
    const paths = { same: "", other: "", printed: "" };
    this.points = [];
    const add = (name, y, row, which, line) => {
      paths[name] += `M${((row.t - clock[0]) * scale).toFixed(2)} ${line}`;
      this.points.push({ t: row.t, y, row, cell: cells[which] });
    };
    marks.forEach((own, which) => own.forEach((row, i) => {
      const y = (row.k - 1 + (which ? 0.74 : 0.26)) * lane, half = lane * (odd[which][i] ? 0.19 : 0.12);
      add(odd[which][i] ? "other" : "same", y, row, which, `${(y - half).toFixed(1)}v${(2 * half).toFixed(1)}`);
    }));
    cells.forEach((cell, which) => cell.printed.forEach((row) => {
      const y = middle(this.plot, "printed", row.k) + which * out;
      add("printed", y, row, which, `${y.toFixed(1)}h.01`);
    }));
    this.svg.replaceChildren(...Object.entries(paths).map(([name, d]) => path(name, d)));
    this.names.replaceChildren(...labels.map((label, i) => Object.assign(document.createElement("div"), { textContent: `${i ? "lower" : "upper"}: ${label}` })));
    this.title.textContent = `${labels.join(" over ")}: ${differing(cells)}`;
    this.traits.textContent = `${many ? "There are too many marks to compare their order." : order(marks, odd, cells)} What each printed is in the two lanes “out”.`;
    this.svg.setAttribute("aria-label", `Pair view. ${this.title.textContent}`);
    this.article.hidden = this.traits.hidden = false;
  }

  y(point) { return point.y; }

  draw(shown) { LaneView.prototype.draw.call(this, shown); }
}
