// Check view: a draft, with the verdict of every sentence marked.

import * as api from "./api.js";
import { copy, count, cutter, download, h, oneLine, say, show, visible } from "./dom.js";
import { chosen, filterForm, outletsOf } from "./filters.js";
import { note } from "./turn.js";

const VERDICTS = {
  supported: ["✓", "supported", "an article says so"],
  likely_supported: ["≈", "likely supported", "compare the sentences: an article seems to say so"],
  needs_attribution: ["”", "needs attribution", "an article has it only as somebody's words"],
  partly_supported: ["½", "partly supported", "one clause was found and another was not"],
  contradicted: ["✗", "contradicted", "an article says otherwise, and the sentence is supported once that is put right"],
  altered_quote: ["≠", "altered quote", "the quoted words, or who says them, are not the article's"],
  not_found: ["?", "not found", "no article says so"],
};
const CHANGED = "✎";
const FORMATS = [["docx", "Word"], ["md", "Markdown"]];
const DRAFT = api.ofCollection("footnote-draft");

export async function check(main) {
  const { total, outlets } = await outletsOf();
  const filters = filterForm(outlets);
  const text = h("textarea", { id: "draft", rows: "9", maxlength: "100000", placeholder: "Paste a draft, or another machine's answer …", dir: "auto" });
  text.value = sessionStorage.getItem(DRAFT) ?? "";
  const button = h("button", { class: "primary" }, "Check");
  const form = h("form", { class: "draft" }, h("label", { for: "draft" }, "Draft"), text, h("div", { class: "row" }, button, h("span", { class: "hint" }, "Ctrl+Enter")));
  const result = h("div", { class: "checked" });
  const empty = total ? null : h("p", { class: "notice" }, "The collection is empty; there is nothing to check against. ", h("a", { href: "#library" }, "Add articles"));
  show(main, h("div", { class: "page" }, h("h1", {}, "Check a draft"), h("p", { class: "lead-small" }, "Each sentence is compared with the articles of the collection. Whether they are right is not checked."), empty, filters, form, result));
  let running = null;
  // The draft in the box is changed, so that it can be copied from there and checked again.
  // A sentence is found by its offsets in code points, moved by what was put in before it.
  let moved = new Map();
  const change = (found, from, to) => {
    const points = [...text.value], old = [...from], put = [...to];
    const start = found.start + [...moved].filter(([at]) => at < found.start).reduce((sum, [, by]) => sum + by, 0);
    if (points.slice(start, start + old.length).join("") !== from) return false;
    text.value = [...points.slice(0, start), ...put, ...points.slice(start + old.length)].join("");
    moved.set(found.start, (moved.get(found.start) ?? 0) + put.length - old.length);
    sessionStorage.setItem(DRAFT, text.value);
    return true;
  };

  // Checks the draft in the box; returns it with its report, or null when there is none.
  async function run() {
    running?.abort();
    if (!text.value.trim()) return null;
    running = new AbortController();
    sessionStorage.setItem(DRAFT, text.value);
    const draft = text.value;
    moved = new Map();
    const status = h("p", { class: "status" }, "Reading sentence by sentence …");
    show(result, status);
    say("Checking");
    let checked = null;
    try {
      let view = null;
      for await (const event of api.stream("/v1/check", { text: draft, stream: true, ...chosen(filters) }, running.signal)) {
        if (event.name === "begun") {
          if (!event.data.sentences) break;
          view = sheet(draft, event.data.sentences, { change, draft: () => text.value });
          show(result, ...view.parts);
          result.scrollIntoView({ block: "start" });
        } else if (event.name === "sentence") view.add(event.data);
        else if (view) {
          checked = { text: draft, report: event.data };
          view.end();
          result.append(exporting(checked));
        }
      }
      if (!view) show(result, h("p", { class: "notice" }, "There is no sentence to check in it."));
    } catch (error) {
      if (error.name !== "AbortError") show(result, h("p", { class: "problem", role: "alert" }, error.message));
    }
    return checked;
  }

  // What is exported is the draft as it stands: a changed one is checked again first.
  function exporting(checked) {
    const status = h("span", { class: "hint", role: "status" });
    const put = async (form) => {
      const changed = text.value !== checked.text;
      const exported = changed ? await run() : checked;
      if (!exported) return;
      download(await api.made(`/v1/check/export?format=${form}`, exported), `footnote-draft.${form}`);
      say(changed ? "The changed draft was checked again and exported" : "Exported");
    };
    const acts = FORMATS.map(([form, label]) => h("button", { type: "button", onclick: () => put(form).catch((error) => { status.textContent = error.message; }) }, `Export: ${label}`));
    return h("div", { class: "actions" }, acts, status);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  return () => running?.abort();
}

// The sheet of a draft: verdicts appear as they come, the summary counts them, and one sentence is shown in detail.
function sheet(text, total, edits) {
  const heading = h("h2", { "aria-live": "off" });
  const legend = h("ul", { class: "legend" });
  const copied = h("button", { type: "button", class: "quiet" }, "Copy the draft");
  copied.addEventListener("click", () => copy(edits.draft()).then(() => say("Copied"), (error) => say(error.message)));
  const progress = h("progress", { max: String(total), value: "0", "aria-label": "Sentences checked" });
  const detail = h("div", { class: "finding" });
  const cut = cutter(text);
  const rest = h("span", { class: "unread" }, visible(cut(0)));
  const body = h("div", { class: "marked", dir: "auto" }, rest);
  const counts = new Map();
  let at = 0, done = 0, changed = 0, touched = false, shown = null;
  const draw = () => {
    heading.textContent = done < total ? `${done} of ${count(total, "sentence")}` : count(total, "sentence");
    progress.value = done;
    show(legend, Object.entries(VERDICTS).filter(([name]) => counts.get(name)).map(([name, [sign, label]]) =>
      h("li", { class: name }, h("span", { class: "sign", "aria-hidden": "true" }, sign), `${counts.get(name)} ${label}`)),
    changed ? h("li", {}, h("span", { class: "sign", "aria-hidden": "true" }, CHANGED), `${changed} changed: check again`) : null);
  };
  // A sentence that was changed has no verdict until it is checked again.
  const put = (each, from, to, by) => {
    if (!edits.change(each, from, to)) return false;
    counts.set(each.verdict, counts.get(each.verdict) - by);
    changed += by;
    draw();
    return true;
  };
  const select = (part, each) => {
    for (const other of body.querySelectorAll("[aria-pressed=true]")) other.setAttribute("aria-pressed", "false");
    part.setAttribute("aria-pressed", "true");
    shown = each;
    detail.style.minHeight = `${detail.offsetHeight}px`; // a page that shrinks moves the next sentence from under the pointer
    show(detail, ...finding(each, part, put));
  };
  draw();
  return {
    parts: [h("div", { class: "row sheet-head" }, heading, copied), progress, legend, h("div", { class: "sheet" }, body, detail)],
    add(each) {
      const [sign, label, meaning] = VERDICTS[each.verdict];
      // A button of the browser's own is one block; a sentence runs on in its paragraph.
      const part = h("span", { role: "button", tabindex: "0", class: `checked-sentence ${each.verdict}`, "aria-pressed": "false", title: meaning },
        h("span", { class: "sign", "aria-hidden": "true" }, sign), h("span", { class: "words" }, visible(cut(each.start, each.end))), h("span", { class: "unseen" }, ` (${label})`));
      part.addEventListener("click", () => {
        touched = true;
        select(part, each);
        detail.querySelector("h3").focus({ preventScroll: true });
      });
      part.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        part.click();
      });
      rest.before(visible(cut(at, each.start)), part);
      at = each.end;
      show(rest, visible(cut(at)));
      counts.set(each.verdict, (counts.get(each.verdict) ?? 0) + 1);
      done += 1;
      draw();
      // The first sentence that asks for something is shown, until the reader chooses one.
      if (!touched && (!shown || (shown.verdict === "supported" && each.verdict !== "supported"))) select(part, each);
    },
    end() {
      progress.remove();
      rest.className = "";
      say(`${count(total, "sentence")}: ${Object.entries(VERDICTS).filter(([name]) => counts.has(name)).map(([name, [, label]]) => `${counts.get(name)} ${label}`).join(", ")}`);
    },
  };
}

function finding(each, part, put) {
  const [sign, label] = VERDICTS[each.verdict];
  const notes = (hint, citations, mark) => (citations.length ? h("div", { class: "closest" }, hint ? h("p", { class: "hint" }, hint) : null, h("ol", { class: "notes" }, citations.map((citation) => note(citation, mark)))) : null);
  return [
    h("h3", { class: each.verdict, tabindex: "-1" }, h("span", { class: "sign", "aria-hidden": "true" }, sign), label),
    each.verdict === "supported" ? null : h("p", { class: "reason", dir: "auto" }, oneLine(each.reason)),
    each.suggestion ? suggestion(each, part, put) : null,
    notes(null, each.citations),
    notes("Closest, but it does not say so:", each.closest, ""),
    each.citations.length || each.closest.length ? null : h("p", { class: "hint" }, "No passage is close to it."),
    h("button", { type: "button", class: "quiet back", onclick: () => part.focus() }, "Back to the sentence"),
  ];
}

// A click puts the suggestion into the draft and into the sheet, another takes it out again.
function suggestion(each, part, put) {
  const [sign, label] = VERDICTS[each.verdict];
  const does = each.verdict === "needs_attribution" ? "Put the attribution in" : "Put it right";
  const button = h("button", { type: "button" });
  const said = h("span", { class: "hint", role: "status" });
  const draw = () => { button.textContent = part.classList.contains("put") ? "Undo" : does; };
  button.addEventListener("click", () => {
    const undo = part.classList.contains("put");
    const [from, to] = undo ? [each.suggestion, each.text] : [each.text, each.suggestion];
    if (put(each, from, to, undo ? -1 : 1)) {
      part.classList.toggle("put", !undo);
      part.firstChild.textContent = undo ? sign : CHANGED;
      part.querySelector(".words").textContent = visible(to);
      part.lastChild.textContent = undo ? ` (${label})` : " (changed)";
      said.textContent = undo ? "As it was, in the draft above." : "Changed in the draft above.";
    } else said.textContent = "The draft above no longer has this sentence.";
    draw();
  });
  draw();
  return h("div", { class: "suggestion" }, h("p", { dir: "auto" }, oneLine(each.suggestion)), h("div", { class: "row" }, button, said));
}
