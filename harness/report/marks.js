"use strict";
// One cell's marks, read back from the page's data, and what can be said of a mark. Text that a client printed is only
// ever set as `textContent`.

const STEP = 1e-5; // seconds
const SHOWN = 200; // bytes of a mark in words
const SAYS = { sent: "sent", reported: "reported", printed: "on standard output" };

/** Columns {name: [values]} as rows {name: value}; times become seconds. */
function rows(columns) {
  const names = Object.keys(columns);
  let t = 0;
  return (columns.t ?? []).map((step, i) => {
    const row = {};
    for (const name of names) row[name] = columns[name][i];
    row.t = (t += step) * STEP;
    return row;
  });
}

class Cell {
  constructor(anchor, data, scenario) {
    Object.assign(this, { anchor, scenario, does: data.does, start: data.start, packed: data.log, faults: rows(data.marks.words) });
    for (const kind of Object.keys(SAYS)) {
      this[kind] = rows(data.marks[kind]);
      for (const row of this[kind]) row.kind = kind;
    }
    this.byTask = {};
  }

  /** The rows of a kind and task, in the order of their bytes. */
  of(kind, task) {
    this.byTask[kind] ??= Map.groupBy(this[kind], (row) => row.k);
    return this.byTask[kind].get(task) ?? [];
  }

  /** What the client shows of its order: its reports, or its output if it reports nothing. */
  get seen() { return this.reported.length ? "reported" : "printed"; }

  /** The first row of a kind that covers the byte before `end` of a task's poem. */
  covering(kind, task, end) { return this.of(kind, task).find((row) => row.e >= end); }

  /** The bytes of a task's poem. */
  size(task) { return this.scenario.sizes[this.scenario.tasks[task - 1]] ?? 0; }

  bytes({ k, s, e, text }) {
    if (text != null) return text;
    const poem = this.scenario.poems[this.scenario.tasks[k - 1]] ?? new Uint8Array();
    if (s >= poem.length && s < this.size(k)) return "(so far in a long poem that they are not kept in the page)";
    const words = JSON.stringify(new TextDecoder().decode(poem.slice(s, Math.min(e, s + SHOWN))));
    return words + (e - s > SHOWN ? "…" : "");
  }

  /** A mark in one line. */
  words(row) {
    const task = row.k ? `task ${row.k}` : "no task of the scenario";
    return `${row.t.toFixed(4)} s  ${task}: ${SAYS[row.kind]}, bytes ${row.s} to ${row.e}: ${this.bytes(row)}`;
  }

  /** A mark with both of its times, as [name, value]; the line of the send log is still to be added. */
  told(row) {
    const said = [["what", `${SAYS[row.kind]}, ${row.k ? `task ${row.k}` : "no task"}, bytes ${row.s} to ${row.e}`], ["bytes", this.bytes(row)]];
    const end = Math.min(row.e, this.size(row.k)); // the newline after a poem is the client's own
    const sent = row.kind === "sent" ? row : row.k && this.covering("sent", row.k, end);
    const seen = row.kind === "sent" ? this.covering(this.seen, row.k, end) : row;
    if (sent) said.push(["sent", `${sent.t.toFixed(5)} s after the first accept`]);
    if (seen) {
      const later = sent ? `, ${((seen.t - sent.t) * 1000).toFixed(2)} ms after its last byte was sent` : "";
      said.push(["seen", `${seen.t.toFixed(5)} s, ${SAYS[seen.kind]}${later}`]);
    } else said.push(["seen", "never"]);
    return { said, sent };
  }

  /** The line of the send log that belongs to a send, with its number; a promise. */
  async line(sent) {
    const bytes = Uint8Array.from(atob(this.packed), (c) => c.charCodeAt(0));
    this.log ??= new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
    const lines = (await this.log).split("\n");
    const server = this.scenario.tasks[sent.k - 1] + 1;
    const found = { away: 1e-4 };
    lines.forEach((line, i) => {
      let act;
      try { act = JSON.parse(line); } catch { return; }
      if (act?.act !== "send" || act.server !== server || act.start !== sent.s || act.end !== sent.e) return;
      const away = Math.abs(act.t - this.start - sent.t);
      if (away < found.away) Object.assign(found, { away, text: `${i + 1}: ${line}` });
    });
    return found.text ?? "not found";
  }
}
