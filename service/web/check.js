// Check view: a draft, with the verdict of every sentence marked.

import * as api from "./api.js";
import { chosen, filterForm, outletsOf } from "./ask.js";
import { count, cutter, h, oneLine, say, show, visible } from "./dom.js";
import { note } from "./turn.js";

const VERDICTS = {
  supported: ["✓", "supported", "an article says so"],
  likely_supported: ["≈", "likely supported", "compare the sentences: an article seems to say so"],
  needs_attribution: ["”", "needs attribution", "an article has it only as somebody's words"],
  contradicted: ["✗", "contradicted", "an article says otherwise, and the sentence is supported once that is put right"],
  altered_quote: ["≠", "altered quote", "the quoted words are not the article's"],
  not_found: ["?", "not found", "no article says so"],
};
const DRAFT = "footnote-draft";

export async function check(main) {
  const { total, outlets } = await outletsOf();
  const filters = filterForm(outlets);
  const text = h("textarea", { id: "draft", rows: "9", maxlength: "100000", placeholder: "Paste a draft, or another machine's answer …", dir: "auto" });
  text.value = sessionStorage.getItem(DRAFT) ?? "";
  const button = h("button", { class: "primary" }, "Check");
  const form = h("form", { class: "draft" }, h("label", { for: "draft" }, "Draft"), text, h("div", { class: "row" }, button, h("span", { class: "hint" }, "Ctrl+Enter")));
  const result = h("div", { class: "checked" });
  const empty = total ? null : h("p", { class: "notice" }, "The collection is empty; there is nothing to check against. ", h("a", { href: "#library" }, "Add articles"));
  show(main, h("div", { class: "page" }, h("h1", {}, "Check a draft"), h("p", { class: "lead-small" }, "Each sentence is checked against the collection: what the articles say, never what is so."), empty, filters, form, result));
  let running = null;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    running?.abort();
    if (!text.value.trim()) return;
    running = new AbortController();
    sessionStorage.setItem(DRAFT, text.value);
    button.disabled = true;
    show(result, h("p", { class: "status" }, "Reading sentence by sentence …"));
    say("Checking");
    try {
      const report = await api.post("/v1/check", { text: text.value, ...chosen(filters) }, running.signal);
      show(result, ...marked(text.value, report.sentences));
      result.scrollIntoView({ block: "start" });
    } catch (error) {
      if (error.name !== "AbortError") show(result, h("p", { class: "problem", role: "alert" }, error.message));
    }
    button.disabled = false;
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  return () => running?.abort();
}

function marked(text, sentences) {
  if (!sentences.length) return [h("p", { class: "notice" }, "There is no sentence to check in it.")];
  const detail = h("div", { class: "finding", "aria-live": "polite" });
  const counts = Object.entries(VERDICTS).map(([name, [sign, label]]) => [name, sign, label, sentences.filter((each) => each.verdict === name).length]).filter((row) => row[3]);
  const summary = counts.map(([, , label, number]) => `${number} ${label}`).join(", ");
  const cut = cutter(text);
  const body = h("div", { class: "marked", dir: "auto" });
  let at = 0;
  for (const each of sentences) {
    const [sign, label, meaning] = VERDICTS[each.verdict];
    // A button of the browser's own is one block; a sentence runs on in its paragraph.
    const part = h("span", { role: "button", tabindex: "0", class: `checked-sentence ${each.verdict}`, "aria-pressed": "false", title: `${label}: ${meaning}` },
      h("span", { class: "sign", "aria-hidden": "true" }, sign), visible(cut(each.start, each.end)), h("span", { class: "unseen" }, ` (${label})`));
    part.addEventListener("click", () => {
      for (const other of body.querySelectorAll("[aria-pressed]")) other.setAttribute("aria-pressed", "false");
      part.setAttribute("aria-pressed", "true");
      show(detail, ...finding(each));
    });
    part.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      part.click();
    });
    body.append(visible(cut(at, each.start)), part);
    at = each.end;
  }
  body.append(visible(cut(at)));
  const first = sentences.find((each) => each.verdict !== "supported") ?? sentences[0];
  body.querySelectorAll("[role=button]")[sentences.indexOf(first)].click();
  say(`${count(sentences.length, "sentence")}: ${summary}`);
  return [h("h2", {}, count(sentences.length, "sentence")), h("ul", { class: "legend" }, counts.map(([name, sign, label, number]) => h("li", { class: name }, h("span", { class: "sign", "aria-hidden": "true" }, sign), `${number} ${label}`))), h("div", { class: "sheet" }, body, detail)];
}

function finding(each) {
  const [sign, label] = VERDICTS[each.verdict];
  return [
    h("h3", { class: each.verdict }, h("span", { class: "sign", "aria-hidden": "true" }, sign), label),
    each.verdict === "supported" ? null : h("p", { class: "reason", dir: "auto" }, oneLine(each.reason)),
    each.citations.length ? h("ol", { class: "notes" }, each.citations.map((citation) => note(citation))) : h("p", { class: "hint" }, "No passage is close to it."),
  ];
}
