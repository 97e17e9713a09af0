// Engine view: readiness part by part, the models, and how fast answers were.

import * as api from "./api.js";
import { speeds } from "./ask.js";
import { h, say, show } from "./dom.js";

const size = (bytes) => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;

export async function engine(main) {
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
  return () => clearInterval(timer);
}

async function parts() {
  const response = await fetch(api.inCollection("/ready"));
  return response.json();
}

function draw(main, found, ready) {
  const times = ["evidence", "sentence", "done"].map((name) => [name, middle(speeds.map((each) => each[name]).filter((each) => each !== undefined))]).filter(([, value]) => value !== null);
  show(main, h("div", { class: "page" }, h("h1", {}, "Engine"),
    h("h2", {}, "Parts"), h("ul", { class: "parts" }, ready.parts.map(part)),
    h("h2", {}, "Now"), h("dl", { class: "facts" }, facts(found).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    times.length ? h("p", { class: "hint" }, `In this window, from Enter to the first: ${times.map(([name, value]) => `${name} ${Math.round(value)} ms`).join(", ")} (median of ${speeds.length})`) : null,
    h("h2", {}, "Models"), h("ul", { class: "models" }, found.models.map((model) => entry(model, found, main)))));
}

function facts(found) {
  return [
    ["Writes", found.running ? `${found.running.name}, ${found.running.context_tokens.toLocaleString("en")} tokens of context` : found.detail],
    ["Style", found.composes ? "auto lets it write" : "auto quotes; `footnote models prove` decides whether this model may write"],
    ["Memory", `${size(found.memory)} at most so far, without the model's own process`],
    ["Threads", String(found.threads)],
    ["Collection", found.revision],
    ["Version", found.version],
  ];
}

function part(each) {
  const [kind, sign, lead] = each.ok ? (each.degraded ? ["degraded", "◐", "with limits: "] : ["ok", "●", ""]) : ["not-ok", "○", "not ready: "];
  return h("li", { class: kind }, h("span", { class: "sign", "aria-hidden": "true" }, sign), h("strong", {}, each.name), ` ${lead}${each.detail}`);
}

function entry(model, found, main) {
  const chosen = model.name === found.chosen;
  const use = h("button", { type: "button", onclick: async () => {
    try {
      const now = await api.post("/v1/engine", { model: model.name });
      draw(main, now, await parts());
      say(`${model.name} writes now`);
    } catch (error) {
      say(error.message);
      use.replaceWith(h("span", { class: "problem" }, error.message));
    }
  } }, "Use");
  const running = found.running?.name === model.name;
  const status = model.role === "embedder" ? "finds and ranks evidence" : model.role === "judge" ? "judges claims, if `footnote models prove` finds it better" : running ? "writes now" : chosen ? "chosen" : model.present ? use : h("span", {}, "download it with ", h("code", {}, `footnote models pull ${model.name}`));
  return h("li", {}, h("div", {}, h("strong", {}, model.name), h("span", { class: "facts-line" }, `${model.role} · ${model.licence} · ${size(model.size)} on disk · ${size(model.memory)} of memory · ${model.present ? "downloaded" : "not downloaded"}`)), h("div", {}, status));
}

function middle(values) {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
