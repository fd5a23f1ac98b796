"use strict";
// The recording of the lecture. The player and the recording are loaded when the reader first asks for them.

const stage = document.querySelector(".cast");
let shown; // a promise of the player

const loaded = (name, attributes) => new Promise((resolve, reject) => {
  const node = Object.assign(document.createElement(name), attributes, { onload: resolve, onerror: reject });
  document.head.append(node);
});

async function open() {
  await Promise.all([
    loaded("link", { rel: "stylesheet", href: "assets/player.css" }),
    loaded("script", { src: "assets/player.js" }),
    loaded("script", { src: "assets/cast.js" }),
  ]);
  const bytes = Uint8Array.from(atob(window.lectureCast), (c) => c.charCodeAt(0));
  const data = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  const holder = document.createElement("div");
  // The theme of the site has keys of its own, such as "." for the next page.
  holder.addEventListener("keydown", (event) => event.stopPropagation());
  stage.querySelector("button").replaceWith(holder);
  return window.AsciinemaPlayer.create({ data }, holder, { fit: "width", preload: true });
}

/** Play from a scene's marker, counted from 0. */
async function play(scene) {
  const player = await (shown ??= open());
  stage.scrollIntoView({ block: "nearest" });
  await player.seek({ marker: scene });
  await player.play();
  stage.querySelector("[tabindex]")?.focus({ preventScroll: true });
}

for (const button of document.querySelectorAll("[data-scene]")) {
  button.hidden = false;
  button.addEventListener("click", () => play(Number(button.dataset.scene)));
}
