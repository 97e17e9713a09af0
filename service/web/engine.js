// Engine view: readiness part by part, the models, and how fast answers were.

import * as api from "./api.js";
import { speeds } from "./ask.js";
import { coded, count, h, say, show } from "./dom.js";

const size = (bytes) => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;

let left = new AbortController();

export async function engine(main) {
  left = new AbortController();
  const [found, ready] = await Promise.all([api.get("/v1/engine"), parts()]);
  draw(main, found, ready);
  const timer = setInterval(async () => {
    try {
      const now = await parts();
      show(main.querySelector(".parts"), ...now.parts.map(part));
    } catch {
      // The banner says that the service does not answer.
    }
  }, 5000);
  return () => {
    clearInterval(timer);
    left.abort();
  };
}

async function parts() {
  const response = await fetch(api.inCollection("/ready"));
  return response.json();
}

function draw(main, found, ready) {
  const times = [["evidence", "first evidence"], ["done", "whole answer"]].map(([name, label]) => [label, middle(speeds.map((each) => each[name]).filter((each) => each !== undefined))]).filter(([, value]) => value !== null);
  show(main, h("div", { class: "page" }, h("h1", {}, "Engine"),
    h("h2", {}, "Parts"), h("ul", { class: "parts" }, ready.parts.map(part)),
    h("h2", {}, "Now"), h("dl", { class: "facts" }, facts(found).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    times.length ? h("p", { class: "hint" }, `In this window: ${times.map(([label, value]) => `${label} after ${(value / 1000).toFixed(1)} s`).join(", ")} (median of ${count(speeds.length, "answer")})`) : null,
    h("h2", {}, "Models"), h("p", { class: "hint" }, "“Use” puts a downloaded language model in the place of the one in use."), h("ul", { class: "models" }, found.models.map((model) => entry(model, found, main)))));
}

function facts(found) {
  return [
    ["Answers", answers(found)],
    ["Model", found.running ? `${found.running.name}, ${found.running.context_tokens.toLocaleString("en")} tokens of context` : "none"],
    ["Memory", `${size(found.memory)} at most so far, without the model's own process`],
    ["Threads", String(found.threads)],
    ["Collection", found.revision],
    ["Version", found.version],
  ];
}

function answers({ running, composes, detail, chosen }) {
  if (!running) return ["Quotations from the articles, because no model can write: ", ...coded(detail)];
  if (composes) return `Written by ${running.name}; each sentence is checked against the articles.`;
  return [`Quotations from the articles. ${running.name} writes only where you press “Retry in the model's words”. A model writes every answer once `,
    h("code", {}, `footnote models prove ${chosen}`), " has found that it writes well enough; a larger one is more likely to."];
}

function part(each) {
  const [kind, sign, lead] = each.ok ? (each.degraded ? ["degraded", "◐", "with limits: "] : ["ok", "●", ""]) : ["not-ok", "○", "not ready: "];
  return h("li", { class: kind }, h("span", { class: "sign", "aria-hidden": "true" }, sign), h("strong", {}, each.name), ` ${lead}`, ...coded(each.detail));
}

function entry(model, found, main) {
  const chosen = model.name === found.chosen;
  const use = h("button", { type: "button", onclick: async () => {
    try {
      const now = await api.post("/v1/engine", { model: model.name });
      draw(main, now, await parts());
      main.focus();
      say(`${model.name} is in use`);
    } catch (error) {
      say(error.message);
      use.replaceWith(h("span", { class: "problem" }, coded(error.message)));
    }
  }, "aria-label": `Use ${model.name}` }, "Use");
  const running = found.running?.name === model.name;
  const usual = { embedder: "finds and ranks evidence", judge: coded("judges claims, if `footnote models prove` finds it better") }[model.role];
  const status = !model.present ? download(model, main) : usual ?? (running ? (found.composes ? "writes the answers" : "writes when asked to") : chosen ? "chosen" : use);
  return h("li", {}, h("div", {}, h("strong", {}, model.name), h("span", { class: "facts-line" }, `${model.role} · ${model.licence} · ${size(model.size)} on disk · ${size(model.memory)} of memory · ${model.present ? "downloaded" : "not downloaded"}`)), h("div", {}, status));
}

// A download goes on when the view is left; pressed again, the button shows how far it is.
function download(model, main) {
  const box = h("div", { class: "download" });
  const offer = (...before) => {
    const words = model.received ? `Go on from ${size(model.received)}` : `Download ${size(model.size)}`;
    show(box, ...before, h("button", { type: "button", onclick: begin, "aria-label": `${words}: ${model.name}` }, words));
  };
  const begin = async () => {
    const bar = h("progress", { max: String(model.size), "aria-label": `Download of ${model.name}` }), line = h("span", { class: "hint" });
    show(box, bar, line);
    say(`Downloading ${model.name}`);
    try {
      for await (const { data } of api.stream("/v1/engine/download", { model: model.name }, left.signal)) {
        model.received = data.received;
        bar.value = data.received;
        line.textContent = data.received < data.size ? `${size(data.received)} of ${size(data.size)}` : data.line;
      }
      const [found, ready] = await Promise.all([api.get("/v1/engine"), parts()]);
      draw(main, found, ready);
      main.focus();
      say(`${model.name} is downloaded`);
    } catch (error) {
      if (error.name === "AbortError") return;
      say(error.message);
      offer(h("span", { class: "problem" }, coded(error.message)));
    }
  };
  offer();
  return box;
}

function middle(values) {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
