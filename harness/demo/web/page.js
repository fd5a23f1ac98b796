// Draws the frames of the demo as they come, and sends this viewer's answers.  It keeps nothing but a made-up name.
"use strict";

const viewer = sessionStorage.viewer ??= [...crypto.getRandomValues(new Uint8Array(12))].map((n) => n.toString(16)).join("");
const find = (id) => document.getElementById(id);
const drawn = []; // what each pane shows, so that only what has changed is drawn again
let question = 0; // the number of the question that is open

function make(name, words, classes) {
  const node = document.createElement(name);
  node.textContent = words ?? "";
  if (classes) node.className = classes;
  return node;
}

function say(id, words) {
  if (find(id).textContent !== words) find(id).textContent = words;
}

// A shape has the width of a letter, whatever font it comes from.
function text(parts, classes) {
  const pre = make("pre", "", classes);
  for (const [words, classes] of parts) {
    const span = pre.appendChild(make("span", "", classes));
    for (const piece of words.match(/[\u2190-\u2bff]|[^\u2190-\u2bff]+/g)) {
      span.append(/[\u2190-\u2bff]/.test(piece) ? make("i", piece) : piece);
    }
  }
  return pre;
}

function drawPanes(panes) {
  const grid = find("panes");
  if (grid.children.length !== panes.length) {
    grid.replaceChildren(...panes.map(() => make("article")));
    grid.className = { 2: "two", 4: "four" }[panes.length] ?? "";
    drawn.length = 0;
  }
  panes.forEach((pane, number) => {
    const now = JSON.stringify(pane);
    if (drawn[number] === now) return;
    drawn[number] = now;
    grid.children[number].className = pane.ended ? "ended" : "";
    grid.children[number].replaceChildren(make("h3", pane.name), text(pane.head, "head"), text(pane.lanes), text(pane.output, "output"));
  });
}

function drawQuestion(asked) {
  find("question").hidden = !asked;
  if (!asked || asked.number === question) return;
  question = asked.number;
  say("words", asked.words);
  find("answers").replaceChildren(...asked.answers.map((answer) => {
    const button = make("button", answer);
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.onclick = () => choose(asked.number, answer);
    return button;
  }));
}

async function choose(number, answer) {
  const sent = await fetch(`answer?viewer=${viewer}&question=${number}&answer=${answer}`, { method: "POST" });
  if (!sent.ok || number !== question) return;
  for (const button of find("answers").children) button.setAttribute("aria-pressed", String(button.textContent === String(answer)));
}

function drawLast(last) {
  const all = last ? last.votes.reduce((sum, [, count]) => sum + count, 0) : 0;
  find("last").hidden = !all;
  if (!all) return;
  say("asked", `${all} answered: ${last.words}`);
  const most = Math.max(...last.votes.map(([, count]) => count));
  find("bars").replaceChildren(...last.votes.flatMap(([answer, count]) => {
    const right = answer === last.truth;
    const bar = make("div", `${count}${right ? " ✓ right" : ""}`, right ? "bar right" : "bar");
    bar.style.setProperty("--share", `${Math.round((100 * count) / most)}%`);
    return [make("div", answer, right ? "right" : ""), bar];
  }));
}

function draw(frame) {
  document.body.className = frame.dark ? "" : "light";
  frame.colours.forEach((colour, index) => document.body.style.setProperty(`--t${index + 1}`, colour));
  say("title", frame.title || "Slow Poetry Lab");
  say("text", frame.text);
  say("status", frame.status);
  drawQuestion(frame.question);
  drawLast(frame.last);
  drawPanes(frame.panes);
  document.body.dataset.drawn = "1";
}

const stream = new EventSource(`watch?viewer=${viewer}`);
stream.onmessage = (event) => draw(JSON.parse(event.data));
stream.onerror = () => say("status", "The connection is lost; trying again ...");
stream.addEventListener("over", () => {
  stream.close();
  find("question").hidden = true;
  say("status", "The demo is over.");
});
