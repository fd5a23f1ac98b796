"use strict";
// The page: its colours, and a player for each scenario.

document.documentElement.classList.add("js");

const THEMES = ["system", "light", "dark"];
/** Set the colours of the page; the choice is kept if the browser allows it. */
function theme(name) {
  document.documentElement.dataset.theme = name;
  document.getElementById("theme").textContent = `colours: ${name}`;
  try { localStorage.setItem("theme", name); } catch { /* a page from a file may have no storage */ }
}
document.getElementById("theme").addEventListener("click", () =>
  theme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]));
let kept = null;
try { kept = localStorage.getItem("theme"); } catch { /* as above */ }
theme(THEMES.includes(kept) ? kept : "system");

const panel = new MarkPanel(), timelines = new Map();
for (const section of document.querySelectorAll("section.scenario"))
  if (section.querySelector("script.data")) timelines.set(section.id, new Player(section, panel));
for (const link of document.querySelectorAll("a[data-pair]"))
  link.addEventListener("click", () => timelines.get(link.hash.slice(1))?.pair(JSON.parse(link.dataset.pair)));
document.getElementById("clients").addEventListener("change", (event) => {
  for (const article of document.querySelectorAll("article.cell"))
    if (article.dataset.client === event.target.value) article.hidden = !event.target.checked;
  for (const one of timelines.values()) one.show(one.shown); // those that were hidden may show another part of the clock
});

/** An address that ends in `#pair/SCENARIO/A/B` shows the clients A and B over one another: other pages link to it. */
function showPair() {
  const [kind, scenario, ...labels] = location.hash.slice(1).split("/"), id = `scenario/${scenario}`;
  if (kind !== "pair" || labels.length !== 2 || !timelines.has(id)) return;
  timelines.get(id).pair(labels);
  document.getElementById(id).scrollIntoView();
}
addEventListener("hashchange", showPair);
showPair();

document.body.dataset.drawn = Math.round(performance.now()); // milliseconds since the page was opened
