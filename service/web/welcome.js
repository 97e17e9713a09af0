// What a reader sees before the first question: what this is, or what is missing and a click that mends it.

import * as api from "./api.js";
import { count, h, say } from "./dom.js";

export function welcome(total, put, again) {
  return total ? greeting(total) : empty(again);
}

function greeting(total) {
  return h("div", { class: "welcome" },
    h("p", { class: "lead" }, `Ask ${count(total, "article")} a question.`),
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
