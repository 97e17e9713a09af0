// One turn of a conversation: a question and its answer, with each sentence as the gate accepts it and evidence beside.

import * as api from "./api.js";
import { articleLink, copy, count, download, fileName, h, oneLine, say, show, sourceLine, visible } from "./dom.js";

const FORMATS = [["markdown", "Markdown", "md"], ["docx", "Word", "docx"], ["csl-json", "Zotero (CSL-JSON)", "csl.json"]];

export function note(citation, mark = `[${citation.number}]`) {
  const said = citation.attribution ? h("span", { class: "said", dir: "auto" }, ` (${oneLine(citation.attribution)})`) : null;
  const also = citation.also?.length
    ? h("span", { class: "also", dir: "auto" }, `also printed by ${citation.also.map((place) => oneLine(place.outlet) || place.article_id).join(", ")}`) : null;
  return h("li", { class: "note", "data-number": String(citation.number) },
    articleLink(citation, h("span", { class: "number" }, mark), " ", h("span", { class: "source", dir: "auto" }, sourceLine(citation))),
    h("q", { dir: "auto" }, oneLine(citation.quote)), said,
    (citation.dates ?? []).map((each) => h("span", { class: "also" }, `“${oneLine(each.words)}”: ${each.value}, ${each.basis.replace("inferred: ", "")}`)),
    also,
    citation.correction ? h("span", { class: "correction", dir: "auto" }, "The article carries a correction: ", oneLine(citation.correction)) : null);
}

export function marks(numbers, citations) {
  return h("sup", {}, numbers.map((number) => {
    const citation = citations.get(number);
    if (!citation) return h("span", {}, `[${number}]`);
    const link = articleLink(citation, `[${number}]`);
    link.setAttribute("aria-label", `Footnote ${number}: ${sourceLine(citation)}`);
    link.title = oneLine(citation.quote).slice(0, 300);
    return link;
  }));
}

export function sentence(found, citations) {
  return h("p", { class: "sentence", dir: "auto" }, visible(found.text), "\u00a0", marks(found.citations, citations));
}

export function origins(found) {
  if (!found || found.articles < 1) return null;
  const named = found.names.length ? ` (${found.names.map(oneLine).join(", ")})` : "";
  return h("p", { class: "origins", dir: "auto" }, `${count(found.articles, "article")}, ${count(found.outlets, "outlet")}, ${count(found.origins, "origin")}${named}`);
}

export function withheldList(withheld) {
  if (!withheld.length) return null;
  return h("details", { class: "withheld" }, h("summary", {}, `${count(withheld.length, "sentence")} withheld`),
    h("p", {}, "Written by the model and not shown, because the evidence does not support it:"),
    h("ul", {}, withheld.map((each) => h("li", {}, h("del", { dir: "auto" }, visible(each.text)), h("span", { class: "reason", dir: "auto" }, visible(each.reason))))));
}

export async function exportAs(path, [form, , suffix], name) {
  download(await api.file(`${path}/export?format=${form}`), `${fileName(name)}.${suffix}`);
  say("Exported");
}

export function exportMenu(path, name) {
  return h("details", { class: "menu" }, h("summary", {}, "Export"), h("div", { class: "choices" },
    FORMATS.map((form) => h("button", { type: "button", onclick: async (event) => {
      const box = event.target.closest("details");
      box.open = false;
      box.firstChild.focus();
      await exportAs(path, form, name).catch((error) => say(error.message));
    } }, form[1]))));
}

export class Turn {
  constructor(question, actions) {
    this.question = question;
    this.actions = actions;
    this.citations = new Map();
    this.withheldOnes = [];
    this.sentences = 0;
    this.words = h("div", { class: "answer" });
    this.notes = h("ol", { class: "notes" });
    this.side = h("div", { class: "evidence", role: "group", "aria-label": "Evidence" }, h("h3", {}, "Evidence"), this.notes);
    this.side.hidden = true;
    this.status = h("p", { class: "status" }, "Looking for evidence …");
    this.foot = h("div", { class: "foot" });
    this.understood = h("p", { class: "understood", dir: "auto" });
    this.element = h("article", { class: "turn busy", "aria-label": `Question: ${oneLine(question).slice(0, 200)}` },
      h("h2", { class: "asked", dir: "auto" }, visible(question)), this.understood,
      h("div", { class: "columns" }, h("div", { class: "column" }, this.words, this.status, this.foot), this.side));
  }

  // What is kept is shown again without being read out.
  say(text) {
    if (!this.quiet) say(text);
  }

  take({ name, data }) {
    if (name === "evidence") this.evidence(data);
    else if (name === "sentence") this.sentence(data);
    else if (name === "withheld") this.withheld(data);
    else if (name === "done") this.done(data);
    else if (name === "queued") this.say(this.status.textContent = `The model is busy: ${count(data.position, "request")} before yours …`);
  }

  // The first passages are about to be reranked and have no number yet; the final citations replace them.
  evidence({ citations, passages, final, short }) {
    this.citations = new Map(citations.map((citation) => [citation.number, citation]));
    if (short) this.short(short);
    this.beside(final ? "Evidence" : "Passages being read", final ? citations : passages, final ? undefined : "…");
    this.status.textContent = final ? "Checking the sentences against the evidence …" : `${count(passages.length, "passage")} found; choosing those that answer …`;
    if (!final) this.say(`${count(passages.length, "passage")} found`);
  }

  beside(title, citations, mark) {
    this.side.hidden = citations.length === 0;
    this.side.setAttribute("aria-label", title);
    this.side.firstChild.textContent = title;
    show(this.notes, citations.map((citation) => note(citation, mark)));
  }

  short(found) {
    if (this.words.querySelector(".short")) return;
    this.words.prepend(h("p", { class: "short", dir: "auto" }, h("strong", {}, oneLine(found.text)), "\u00a0", marks([found.citation], this.citations)));
    this.say(oneLine(found.text));
  }

  sentence(found) {
    this.sentences += 1;
    if (found.style !== "quote") this.element.classList.add("written");
    this.words.append(sentence(found, this.citations));
    this.say(oneLine(found.text));
  }

  withheld(found) {
    this.withheldOnes.push(found);
    this.status.textContent = `${count(this.withheldOnes.length, "sentence")} withheld so far …`;
  }

  done(answer) {
    this.answer = answer;
    this.element.classList.remove("busy");
    this.status.remove();
    if (answer.asked) this.say(this.understood.textContent = `Understood as: ${visible(answer.asked)}`);
    const cited = new Set(answer.citations.map((citation) => citation.number));
    for (const item of this.notes.children) item.classList.toggle("unused", !cited.has(Number(item.dataset.number)));
    if (answer.verdict === "not_in_corpus") this.refused(answer);
    else this.concluded(answer);
    this.offer(answer);
  }

  refused(answer) {
    this.element.classList.add("refused");
    this.words.append(h("p", { class: "refusal", dir: "auto" }, visible(answer.text)));
    const ways = this.actions.ways?.(this) ?? [];
    if (ways.length) this.foot.append(h("div", { class: "ways" }, ways));
    this.beside("Closest passages", answer.closest, "~");
    this.say(`Not answered. ${oneLine(answer.text)}`);
  }

  concluded(answer) {
    if (answer.short) this.short(answer.short);
    const differ = answer.disagreements.map((each) => h("p", { class: "differ", dir: "auto" }, h("strong", {}, "Sources differ: "), visible(each.reason)));
    const isAllQuoted = answer.withheld.length && answer.sentences.every((each) => each.style === "quote");
    const unwritten = isAllQuoted ? h("p", { class: "hint" }, "The evidence does not support what the model wrote; these are quotations again.") : null;
    this.foot.append(...[...differ, unwritten, origins(answer.origins), withheldList(answer.withheld)].filter(Boolean));
    const left = answer.withheld.length ? `, ${count(answer.withheld.length, "sentence")} withheld` : "";
    this.say(`Answer complete: ${count(answer.sentences.length, "sentence")}${left}${differ.length ? ", sources differ" : ""}`);
  }

  offer(answer) {
    const receipt = answer.receipt.id;
    const styles = [["quote", "Retry as quotations"], ["compose", "Retry in the model's words"]];
    const copied = h("button", { type: "button" }, "Copy with footnotes");
    copied.addEventListener("click", async () => {
      await copy(this.asText());
      copied.textContent = "Copied";
      say("Copied with footnotes");
      setTimeout(() => { copied.textContent = "Copy with footnotes"; }, 2000);
    });
    const bar = h("div", { class: "actions", role: "group", "aria-label": "What to do with this answer" }, copied,
      exportMenu(`/v1/answers/${receipt}`, this.question),
      styles.filter(([style]) => answer.sentences.length && answer.sentences.some((each) => each.style !== style)).map(([style, label]) =>
        h("button", { type: "button", onclick: () => this.actions.retry(this, style) }, label)),
      this.judging(receipt), h("span", { class: "receipt", title: "footnote replay asks again and compares" }, "receipt ", h("code", {}, receipt.slice(0, 12))));
    this.foot.append(bar);
  }

  judging(receipt) {
    const field = h("input", { type: "text", maxlength: "2000", "aria-label": "What is wrong, or what would be right", placeholder: "What is wrong? (optional)" });
    const form = h("form", { class: "wrong-note" }, field, h("button", {}, "Mark wrong"));
    const box = h("details", { class: "menu wrong" }, h("summary", {}, "Mark wrong"), form);
    const settle = (given) => {
      const inside = box.contains(document.activeElement);
      box.open = false;
      if (inside) box.firstChild.focus();
      box.firstChild.textContent = given ? "Marked wrong" : "Mark wrong";
      box.classList.toggle("given", Boolean(given));
      show(form, ...(given ? [h("button", { type: "button", onclick: async () => { await api.remove(`/v1/feedback/${receipt}`); settle(null); say("Taken back"); } }, "Take it back"), h("span", { class: "hint" }, "A case of it: ", h("code", {}, `footnote eval add ${receipt}`))] : [field, h("button", {}, "Mark wrong")]));
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      settle(await api.post("/v1/feedback", { receipt, verdict: "wrong", note: field.value }));
      say("Marked wrong; it becomes a case with footnote eval add");
    });
    if (this.feedback?.verdict === "wrong") settle(this.feedback);
    return box;
  }

  asText() {
    const { answer } = this;
    const notes = (answer.citations.length ? answer.citations : answer.closest).map((citation) =>
      `${answer.citations.length ? `[${citation.number}]` : "Closest:"} ${sourceLine(citation)}: “${oneLine(citation.quote)}”${citation.url ? ` ${citation.url}` : ""}`);
    return [answer.question, answer.text, ...notes, `Footnote receipt ${answer.receipt.id}`].join("\n\n");
  }

  failed(error) {
    this.element.classList.remove("busy");
    this.element.classList.add("failed");
    if (!this.sentences) this.side.firstChild.textContent = "Passages found, none of them cited";
    const stopped = error.name === "AbortError";
    show(this.status, stopped ? "Stopped. " : `${error.message} `);
    this.status.classList.toggle("problem", !stopped);
    this.status.append(h("button", { type: "button", onclick: () => this.actions.retry(this) }, "Ask again"));
    this.say(stopped ? "Stopped" : error.message);
  }

  static kept(turn, actions) {
    const made = new Turn(turn.question, actions);
    made.quiet = true;
    made.feedback = turn.feedback;
    if (!turn.answer) {
      made.failed(new Error("This answer is no longer kept."));
      return made;
    }
    if (turn.answer.citations.length) made.evidence({ citations: turn.answer.citations, final: true });
    turn.answer.sentences.forEach((each) => made.sentence(each));
    made.done(turn.answer);
    return made;
  }
}
