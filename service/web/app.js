// Router: which view is shown, and what concerns all of them: the address, API keys, a service that does not answer.

import * as api from "./api.js";
import { closeArticle, openArticle } from "./article.js";
import { ask } from "./ask.js";
import { offerCollections } from "./collections.js";
import { h, say, show } from "./dom.js";
import { settingUp } from "./welcome.js";

const VIEWS = {
  ask,
  briefs: async (...at) => (await import("./briefs.js")).briefs(...at),
  check: async (...at) => (await import("./check.js")).check(...at),
  library: async (...at) => (await import("./library.js")).library(...at),
  engine: async (...at) => (await import("./engine.js")).engine(...at),
};
const TITLES = { ask: "Ask", briefs: "Briefs", check: "Check", library: "Library", engine: "Engine" };
const main = document.getElementById("main");
const banner = document.getElementById("banner");
let current = "";
let leave = null;

async function route() {
  const hash = decodeURI(location.hash.slice(1));
  if (hash === "main") return;
  if (hash.startsWith("article?")) {
    const place = Object.fromEntries(new URLSearchParams(hash.slice("article?".length)));
    if (!current) await enter("ask");
    openArticle(place);
    return;
  }
  closeArticle(false);
  await enter(hash || "ask");
}

async function enter(where) {
  if (where === current) return;
  const first = !current;
  const [name, ...rest] = where.split("/");
  const view = VIEWS[name] ? name : "ask";
  leave?.();
  leave = null;
  current = where;
  document.title = `${TITLES[view]} · Footnote`;
  for (const link of document.querySelectorAll("nav [data-view]")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  main.dataset.view = view;
  main.dataset.address = where;
  try {
    leave = await VIEWS[view](main, rest.join("/"), (address) => { current = main.dataset.address = address; });
  } catch (error) {
    if (error.title === "ModelMissing") {
      await settingUp(main, () => { current = ""; route(); offerCollections(); });
      return;
    }
    show(main, h("div", { class: "notice" }, h("h1", {}, "This cannot be shown"), h("p", {}, error.message),
      h("button", { type: "button", onclick: () => { current = ""; route(); } }, "Try again")));
  }
  const title = main.querySelector(".asked, h1");
  if (first || !title || main.contains(document.activeElement)) return;
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
}

// A service that does not answer

let waiting = null;

document.addEventListener("footnote-offline", () => {
  if (waiting) return;
  banner.hidden = false;
  show(banner, h("p", {}, h("strong", {}, "Footnote does not answer. "),
    "What is on this page stays. Start it again with the command that started it; the page goes on by itself."));
  waiting = setInterval(() => fetch("/health").then((found) => found.ok && restored()).catch(() => {}), 2000);
});

function restored() {
  clearInterval(waiting);
  waiting = null;
  banner.hidden = true;
  say("Footnote answers again.");
  if (main.querySelector(".notice")) {
    current = "";
    route();
  }
}

document.addEventListener("footnote-online", () => { if (waiting) restored(); });

document.addEventListener("footnote-locked", () => {
  const field = h("input", { type: "password", id: "key", autocomplete: "off", required: true });
  const form = h("form", { class: "row" }, h("label", { for: "key" }, api.hasKey() ? "That key was not accepted; this service needs another: " : "This service needs an API key; ask whoever runs it: "), field,
    h("button", {}, "Use it"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    api.useKey(field.value);
    banner.hidden = true;
    current = "";
    route();
    offerCollections();
  });
  banner.hidden = false;
  show(banner, form);
});

document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName);
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const field = document.getElementById({ ask: "question", library: "find" }[main.dataset.view]);
    if (!field) return;
    event.preventDefault();
    field.focus();
  }
  if (event.key === "Escape") closeArticle(true);
});

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", route);
route();
offerCollections();
