// Welcome view, before the first question: how to begin, or the models that are missing and a button that downloads them.

import * as api from "./api.js";
import { count, h, say, show } from "./dom.js";

export function welcome(total, selected, again) {
  return total ? greeting(selected ? count(selected, "selected article") : count(total, "article")) : empty(again);
}

function greeting(articles) {
  return h("div", { class: "welcome" },
    h("p", { class: "lead" }, `Ask ${articles} a question.`),
    h("p", {}, "Every sentence of the answer carries a footnote to the exact words behind it. What the articles do not say is refused, and the closest passages are shown."),
    h("p", { class: "hint" }, h("kbd", {}, "Enter"), " asks, ", h("kbd", {}, "/"), " goes to the question, ", h("kbd", {}, "Esc"), " closes an article."));
}

function empty(again) {
  const status = h("p", { class: "status", role: "status" });
  const sample = h("button", { type: "button", class: "primary", onclick: async () => {
    sample.disabled = true;
    status.textContent = "Reading five articles …";
    try {
      const report = await api.post("/v1/samples", {});
      say(`${count(report.new.length, "article")} added`);
      again();
    } catch (error) {
      status.textContent = error.message;
      sample.disabled = false;
    }
  } }, "Add the five sample articles");
  return h("div", { class: "welcome" },
    h("p", { class: "lead" }, "Your collection is empty."),
    h("p", {}, "Footnote answers from articles that you give it: text, saved pages, PDF, feeds, mail, spreadsheets. They stay on this machine."),
    h("p", { class: "row" }, h("a", { href: "#library", class: "button primary" }, "Add your articles"), sample), status);
}

export async function settingUp(main, again) {
  const status = h("p", { class: "status", role: "status" });
  const lines = h("ul", { class: "hint progress-lines" });
  const button = h("button", { type: "button", class: "primary" }, "Download the models");
  const size = h("p", { class: "hint" });
  show(main, h("div", { class: "page" }, h("div", { class: "welcome" }, h("p", { class: "lead" }, "Two small models are missing."),
    h("p", {}, "One finds and ranks evidence, the other can write. Footnote downloads them once, checks their hashes, and needs no network afterwards."),
    h("p", { class: "row" }, button), size, status, lines)));
  async function look() {
    let found;
    try {
      found = await api.get("/v1/setup");
    } catch (error) {
      if (error.status === 404) again();
      else setTimeout(look, 1500);
      return;
    }
    size.textContent = found.missing.map((each) => `${each.name}, ${Math.round(each.size / 1e6)} MB, ${each.licence}`).join("; ");
    show(lines, found.progress.map((line) => h("li", {}, line)));
    button.disabled = found.running;
    status.textContent = found.problem ?? (found.running ? "Downloading …" : "");
    if (found.running || !found.missing.length) setTimeout(look, 1000);
  }
  button.addEventListener("click", async () => {
    await api.post("/v1/setup", {});
    say("Downloading the models");
    await look();
  });
  await look();
}
