"use strict";
// The failure matrix: choose clients and scenarios by a word, and find who did the same. Without this script all is shown.

for (const table of document.querySelectorAll("table")) {
  const head = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
  const keys = new Map([...document.querySelectorAll("article li > code:first-child")].map((code) => (
    [code.textContent.trim(), code.parentElement.textContent.trim().slice(code.textContent.length).trim()])));
  if (!location.pathname.endsWith("/failures.html") || head[0] !== "client" || !keys.size) continue;
  const rows = [...table.querySelectorAll("tbody tr")], form = document.createElement("form");
  const key = (cell) => cell.textContent.trim().split(/[,!]/)[0];
  const field = (label, control) => {
    const box = form.appendChild(document.createElement("label"));
    box.append(`${label} `, control);
    return control;
  };
  const word = (label) => field(label, Object.assign(document.createElement("input"), { type: "search", size: 12 }));
  const client = word("client"), scenario = word("scenario");
  const did = field("did", document.createElement("select"));
  did.append(new Option("anything", ""));
  for (const [name, says] of keys) did.append(new Option(`${name}: ${says}`, name));
  const told = form.appendChild(document.createElement("output"));
  form.className = "filter";

  const update = () => {
    const columns = head.map((name, i) => i === 0 || name.includes(scenario.value.trim().toLowerCase()));
    let shown = 0, same = 0;
    for (const row of [table.tHead.rows[0], ...rows]) {
      const cells = [...row.cells], body = row.parentElement !== table.tHead;
      cells.forEach((cell, i) => {
        cell.hidden = !columns[i];
        const found = body && i > 0 && columns[i] && did.value !== "" && key(cell) === did.value;
        cell.classList.toggle("found", found);
      });
      if (!body) continue;
      const found = cells.filter((cell) => cell.classList.contains("found")).length;
      row.hidden = !cells[0].textContent.includes(client.value.trim().toLowerCase()) || (did.value !== "" && !found);
      if (!row.hidden) { shown += 1; same += found; }
    }
    told.textContent = `${shown} of ${rows.length} clients${did.value ? `; ${same} entries ${did.value}` : ""}`;
  };
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  (table.closest(".md-typeset__scrollwrap") ?? table).before(form);
  update();
}
