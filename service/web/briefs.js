// Brief view: a brief as it is written part by part, with its timeline as a picture, and the list of kept briefs.

import * as api from "./api.js";
import { articleLink, count, day, download, fileName, h, moment, oneLine, say, show, visible } from "./dom.js";
import { chosen, filterForm, outletsOf } from "./filters.js";
import { comparison, isComparison, keptBriefs, updated } from "./kept_briefs.js";
import { timeline } from "./timeline.js";
import { note, sentence, withheldList } from "./turn.js";

const PARTS = ["since_last", "summary", "points", "timeline", "speakers", "differences", "unknown", "sources"];
const TITLES = {
  summary: "In short", points: "What is reported", timeline: "Timeline", speakers: "Who says what",
  differences: "Where sources differ", unknown: "What is not known", sources: "Sources", since_last: "Since last time",
};
const FORMATS = [["docx", "Word", "docx"], ["html", "Web page", "html"], ["md", "Markdown", "md"], ["csl", "CSL-JSON", "csl.json"]];

export async function briefs(main, id, moved) {
  const { total, outlets } = await outletsOf();
  const topic = h("input", { type: "text", id: "topic", required: true, maxlength: "500", placeholder: "A topic, a person, an event …" });
  const filters = filterForm(outlets);
  const since = h("input", { type: "checkbox", id: "since-last" });
  const button = h("button", { class: "primary" }, "Write");
  const form = h("form", { class: "brief-form" }, h("label", { for: "topic", class: "unseen" }, "Topic"), topic, button);
  const sheet = h("div", { class: "brief" });
  const past = h("div", { class: "shelf" });
  const empty = total ? null : h("p", { class: "notice" }, "The collection is empty. ", h("a", { href: "#library" }, "Add articles"));
  show(main, h("div", { class: "page" }, h("h1", {}, "Briefs"), h("p", { class: "lead-small" }, "All that the collection says about a topic, in the articles' own words."),
    empty, form, filters, h("p", {}, h("label", {}, since, " Compare with last time")), sheet, past));
  let running = null;

  function settle(controller) {
    running = controller;
    button.textContent = controller ? "Stop" : "Write";
    button.classList.toggle("stop", Boolean(controller));
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (running) {
      running.abort();
      return;
    }
    const controller = new AbortController();
    settle(controller);
    const drawn = new Brief(sheet, topic.value.trim(), listed);
    say("Writing the brief");
    try {
      const body = { topic: topic.value.trim(), stream: true, ...chosen(filters), ...(since.checked ? { since_last: true } : {}) };
      for await (const found of api.stream("/v1/briefs", body, controller.signal)) drawn.take(found);
    } catch (error) {
      drawn.failed(error);
    }
    settle(null);
    if (drawn.whole) {
      const address = `briefs/${drawn.whole.receipt.id}`;
      history.replaceState(null, "", `#${address}`);
      moved(address);
    }
    await listed(drawn.whole?.receipt.id);
  });

  const listed = (own = id) => keptBriefs(past, own, (title) => {
    if (title) show(sheet.querySelector(".asked"), visible(title));
    return listed(own);
  });

  if (isComparison(id)) {
    await comparison(sheet, id);
  } else if (id) {
    const found = await api.get(`/v1/briefs/${encodeURIComponent(id)}`);
    topic.value = found.topic;
    new Brief(sheet, found.title || found.topic, listed).all(found);
  }
  await listed();
  return () => running?.abort();
}

class Brief {
  constructor(sheet, title, listed) {
    this.sheet = sheet;
    this.listed = listed;
    this.title = h("h2", { class: "asked", dir: "auto" }, visible(title));
    this.citations = new Map();
    this.sections = Object.fromEntries(PARTS.map((name) => [name, h("section", { "aria-label": TITLES[name], hidden: true })]));
    this.status = h("p", { class: "status" }, "Collecting everything about it …");
    this.foot = h("div", { class: "foot" });
    show(sheet, this.title, this.status, PARTS.map((name) => this.sections[name]), this.foot);
  }

  take({ name, data }) {
    if (name === "part") this.part(data.part, data.content, data.citations);
    else if (name === "done") this.done(data);
  }

  part(name, content, citations) {
    for (const citation of citations) this.citations.set(citation.number, citation);
    const drawn = this[name]?.(content) ?? [];
    const section = this.sections[name];
    if (!section || !drawn.length) return;
    section.hidden = false;
    show(section, h("h3", {}, TITLES[name]), ...drawn);
    this.status.textContent = `${TITLES[name]} written …`;
  }

  all(brief) {
    this.opened = true;
    const parts = PARTS.filter((name) => name !== "since_last" && brief.verdict === "briefed");
    parts.forEach((name) => this.part(name, brief[name], brief.citations));
    this.done(brief);
  }

  done(brief) {
    this.whole = brief;
    if (brief.verdict === "briefed") this.status.replaceWith(this.acts(brief));
    else this.status.remove();
    for (const citation of brief.citations) this.citations.set(citation.number, citation);
    if (brief.since_last) this.part("since_last", brief.since_last, []);
    if (brief.verdict === "not_in_corpus") {
      this.foot.append(h("p", { class: "refusal answer" }, "The collection says nothing about this topic. The closest passages:"),
        h("ol", { class: "notes" }, brief.closest.map((citation) => note(citation, "~"))));
      say("The collection says nothing about this topic");
      return;
    }
    if (brief.is_little) this.sections.summary.before(h("p", { class: "hint" }, "The collection has little on this."));
    this.foot.append(h("section", {}, h("h3", {}, "Footnotes"), h("ol", { class: "notes" }, brief.citations.map((citation) => note(citation)))),
      ...[withheldList(brief.withheld)].filter(Boolean),
      h("p", {}, h("span", { class: "receipt", title: "footnote replay writes it again and compares" }, `${count(brief.sentences_read, "sentence")} read · receipt `, h("code", {}, brief.receipt.id.slice(0, 12)))));
    say(`Brief ${this.opened ? "opened" : "written"}: ${count(brief.points.length, "point")}, ${count(brief.timeline.length, "dated event")}`);
  }

  acts(brief) {
    const path = `/v1/briefs/${brief.receipt.id}`;
    const trouble = h("span", { class: "problem", role: "alert" });
    const attempt = (act) => act().catch((error) => { trouble.textContent = error.message; });
    const field = h("input", { type: "text", "aria-label": "New title", maxlength: "200", hidden: true });
    const rename = h("button", { type: "button", onclick: () => {
      field.value = this.title.textContent;
      field.hidden = false;
      field.select();
    } }, "Rename");
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && field.value.trim()) attempt(async () => {
        const { title } = await api.patch(path, { title: field.value });
        show(this.title, visible(title));
        say("Brief renamed");
        field.hidden = true;
        rename.focus();
        await this.listed(brief.receipt.id);
      });
      if (event.key === "Escape") {
        field.hidden = true;
        rename.focus();
      }
    });
    return h("div", { class: "actions" }, FORMATS.map(([form, label, suffix]) => h("button", { type: "button", onclick: () => attempt(async () => download(await api.file(`${path}?format=${form}`), `${fileName(this.title.textContent)}.${suffix}`)) }, `Export: ${label}`)), rename, field, trouble);
  }

  failed(error) {
    const stopped = error.name === "AbortError";
    this.status.textContent = stopped ? "Stopped; nothing is kept." : error.message;
    this.status.classList.toggle("problem", !stopped);
    say(this.status.textContent);
  }

  line(found, lead = null, props = {}) {
    const origins = found.origins > 1 ? h("span", { class: "also" }, ` ${found.origins} origins`) : null;
    const drawn = sentence({ text: found.text, citations: found.citations }, this.citations);
    return h("div", { class: "line", ...props }, lead, h("div", { class: "words answer" }, drawn), origins);
  }

  summary({ headline, lines }) {
    return [headline && h("div", { class: "answer headline" }, sentence(headline, this.citations)), ...lines.map((each) => this.line(each))].filter(Boolean);
  }

  points(lines) {
    return lines.map((each) => this.line(each));
  }

  timeline(events) {
    if (!events.length) return [];
    const box = h("div", { class: "timeline", tabindex: "0", role: "region", "aria-label": "Timeline as a picture" });
    box.append(timeline(events, (i) => `event-${i}`));
    return [box, ...events.map((event, i) => this.line(event.line, h("span", { class: "who" }, event.spelled, event.basis === "stated" ? "" : h("span", { class: "also" }, ` (${event.basis})`)), { id: `event-${i}`, tabindex: "-1" }))];
  }

  speakers(found) {
    return found.map((speaker) => h("div", { class: "speaker" }, h("strong", { dir: "auto" }, oneLine(speaker.name)), speaker.described ? h("span", { class: "also", dir: "auto" }, ` ${oneLine(speaker.described)}`) : null,
      speaker.statements.map((each) => this.line(each.line, each.alleged ? h("span", { class: "also" }, "an allegation") : null))));
  }

  differences(found) {
    return found.map((each) => h("div", { class: "differ" }, h("p", {}, h("strong", { dir: "auto" }, oneLine(each.about))),
      each.values.map(({ value, line }) => this.line(line, h("span", { class: "who", dir: "auto" }, oneLine(value))))));
  }

  unknown(found) {
    return found.map((each) => (each.line ? this.line(each.line) : h("p", { dir: "auto" }, visible(each.text))));
  }

  sources(found) {
    if (!found.length) return [];
    const headlines = new Map([...[...this.citations.values()].map((each) => [each.article_id, each.title]), ...found.map((each) => [each.article_id, each.title])]);
    return [h("ul", { class: "articles" }, found.map((each) => h("li", {}, h("div", {}, articleLink({ article_id: each.article_id, version: each.version }, h("span", { dir: "auto" }, oneLine(each.title) || each.article_id)),
      h("span", { class: "facts-line", dir: "auto" }, [oneLine(each.outlet) || "outlet unknown", day(each.published) || "date unknown", goesBackTo(each, headlines)].filter(Boolean).join(" · "))),
      h("span", { class: "share" }, count(each.lines, "line")))))];
  }

  change(found) {
    return found.line ? sentence({ text: found.text, citations: found.line.citations }, this.citations) : h("span", { dir: "auto" }, visible(found.text));
  }

  since_last(found) {
    if (!found.previous) return [h("p", { class: "hint" }, "There is no earlier brief on this topic.")];
    const labels = { new: "New", changed: "Changed", gone: "Withdrawn" };
    return [h("p", { class: "hint" }, `Compared with ${moment(found.previous_at)}`),
      found.changes.length ? h("ul", { class: "changes" }, found.changes.map((each) => h("li", {}, h("span", { class: "kind" }, labels[each.kind]), " ", updated(each.update), this.change(each)))) : h("p", {}, "Nothing has changed.")];
  }
}

function goesBackTo({ origin, article_id }, headlines) {
  if (origin.agency) return `from ${oneLine(origin.agency)}`;
  return origin.first === article_id ? "" : `copy of ${oneLine(headlines.get(origin.first) || origin.first)}`;
}
