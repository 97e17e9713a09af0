// Library view: search, filter and sort the articles, page by page; add some, select some, remove some.

import * as api from "./api.js";
import { articleLink, basisMark, count, day, h, later, oneLine, markActive, say, show, twice } from "./dom.js";
import { collectionsForm } from "./collections.js";
import { droppable, ingest, intake } from "./intake.js";
import { selection } from "./selection.js";

const PAGE = 50;
const MOST_SELECTED = 10_000;
const LISTED = api.ofCollection("footnote-library");
const EVERYTHING = { q: "", outlet: "", since: "", until: "", kind: "", missing: "", sort: "newest", offset: 0 };
const SORTS = { newest: "Newest first", oldest: "Oldest first", added: "Last added first", title: "By headline", outlet: "By outlet" };
const MISSING = { "": "nothing", published: "the date", outlet: "the outlet", title: "the headline" };
const KINDS = {
  pdf: "PDF", word: "Word", opendocument: "OpenDocument", rtf: "RTF", web: "Web page", feed: "Feed", mail: "Mail",
  table: "Table", json: "JSON", markdown: "Markdown", text: "Text",
};

export function passages(results) {
  if (!results.length) return h("p", { class: "hint" }, "No passage has these words.");
  return h("ol", { class: "passages" }, results.map((hit) => h("li", {},
    articleLink(hit, h("span", { class: "source", dir: "auto" }, [oneLine(hit.outlet) || "outlet unknown", day(hit.published) || "date unknown"].join(", "))),
    h("p", { dir: "auto" }, oneLine(hit.text)))));
}

export async function library(main) {
  const state = { ...EVERYTHING, ...JSON.parse(sessionStorage.getItem(LISTED) ?? "{}") };
  const shelf = h("div", { class: "shelf" });
  const added = intake(() => refresh());
  const picked = selection(() => refresh());
  const search = searchForm(state, () => turnTo(0));
  const page = h("div", { class: "page library" }, h("h1", {}, "Library"), added.element, search.element, shelf, picked.element, collectionsForm());
  droppable(page, added.zone);
  picked.element.addEventListener("selected", mark);
  const headlines = new Map();
  let asked = null;

  async function refresh() {
    const facets = await api.get("/v1/facets");
    added.zone.classList.toggle("compact", facets.total > 0);
    search.offer(facets);
    await draw(facets.total);
  }

  async function draw(all = search.total()) {
    asked?.abort();
    asked = new AbortController();
    sessionStorage.setItem(LISTED, JSON.stringify(state));
    let found;
    try {
      found = await api.get(`/v1/articles?${api.query({ ...state, limit: PAGE })}`, asked.signal);
    } catch (error) {
      if (error.name === "AbortError") return false;
      if (!shelf.isConnected) throw error;
      show(shelf, h("p", { class: "notice", role: "alert" }, error.message));
      return false;
    }
    if (state.offset >= found.total && state.offset > 0) {
      state.offset = Math.floor(Math.max(0, found.total - 1) / PAGE) * PAGE;
      return draw(all);
    }
    const narrowed = found.total < all;
    show(shelf, h("div", { class: "row shelf-head" }, h("h2", { tabindex: "-1" }, narrowed ? `${found.total.toLocaleString("en")} of ${count(all, "article")}` : count(all, "article")), choosing(found)),
      found.total ? listing(found.articles) : nothing(all), pages(found.total));
    return true;
  }

  async function turnTo(offset, focused = false) {
    state.offset = offset;
    if (!await draw()) return;
    const title = shelf.querySelector("h2");
    if (focused) {
      title.focus({ preventScroll: true });
      title.scrollIntoView({ block: "start" });
    }
    say(`${title.textContent}${offset ? `, from number ${offset + 1}` : ""}`);
  }

  function nothing(all) {
    if (all) return h("p", { class: "notice" }, "No article has these words and filters. ", h("button", { type: "button", onclick: search.clear }, "Show all"));
    return h("p", { class: "notice" }, "Nothing here yet. Drop in a file, or ",
      h("button", { type: "button", onclick: () => ingest([{ name: "samples", run: () => api.post("/v1/samples", {}) }]) }, "add the five sample articles"));
  }

  // Pages

  function pages(total) {
    if (total <= PAGE) return null;
    const last = Math.floor((total - 1) / PAGE) * PAGE;
    const step = (to, label, off) => h("button", { type: "button", disabled: off, onclick: () => turnTo(to, true) }, label);
    return h("nav", { class: "row pages", "aria-label": "Pages" },
      step(0, "First", state.offset === 0), step(state.offset - PAGE, "Before", state.offset === 0),
      h("span", {}, `${(state.offset + 1).toLocaleString("en")} to ${Math.min(state.offset + PAGE, total).toLocaleString("en")} of ${total.toLocaleString("en")}`),
      step(state.offset + PAGE, "Next", state.offset >= last), step(last, "Last", state.offset >= last));
  }

  // Selection

  function boxes() {
    return [...shelf.querySelectorAll("li input[type=checkbox]")];
  }

  function choosing({ articles, total }) {
    if (!total) return null;
    const all = h("input", { type: "checkbox", id: "select-page", onchange: () => picked.set(articles.map(named), all.checked) });
    all.checked = articles.every((found) => picked.has(found.id));
    const whole = total > articles.length ? h("button", { type: "button", class: "quiet", onclick: selectFound }, `Select all ${total.toLocaleString("en")}`) : null;
    return [h("label", { class: "filter" }, all, "Select this page"), whole].filter(Boolean);
  }

  async function selectFound() {
    const { articles } = await api.get(`/v1/articles?${api.query({ ...state, offset: 0, limit: MOST_SELECTED })}`);
    picked.set(articles.map(named), true);
  }

  function mark() {
    for (const box of boxes()) box.checked = picked.has(box.value);
    const all = document.getElementById("select-page");
    if (all) all.checked = boxes().every((box) => box.checked);
  }

  // Rows

  function listing(articles) {
    let before = null;
    for (const found of articles) headlines.set(...named(found));
    const list = h("ul", { class: "articles" }, articles.map((found) => row(found, (box, event) => {
      // With Shift, all from the box before to this one.
      const all = boxes();
      const [from, to] = event.shiftKey && before !== null ? [before, all.indexOf(box)].sort((a, b) => a - b) : [all.indexOf(box), all.indexOf(box)];
      before = all.indexOf(box);
      picked.set(all.slice(from, to + 1).map((each) => [each.value, each.dataset.name]), box.checked);
    })));
    list.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("input")) {
        // The same key press would otherwise press the button that it moves to.
        event.preventDefault();
        picked.enter();
      }
      const by = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
      const next = by && event.target.closest("li")?.[by];
      if (!next) return;
      event.preventDefault();
      next.querySelector(event.target.matches("input") ? "input" : event.target.matches("button") ? "button" : ".opens").focus();
    });
    return list;
  }

  function row(found, pick) {
    const [, name] = named(found);
    const box = h("input", { type: "checkbox", "aria-label": `Select: ${name}`, "data-name": name, onclick: (event) => pick(box, event) });
    box.value = found.id;
    box.checked = picked.has(found.id);
    const facts = [
      known(found, "outlet") || "outlet unknown", known(found, "published", day) || "date unknown", search.hasKinds() && KINDS[found.kind], origin(found, headlines),
      found.title ? null : `no headline (${oneLine(found.id)})`, found.version > 1 ? `version ${found.version}` : null,
    ];
    return h("li", {}, box,
      h("div", {}, articleLink({ article_id: found.id, version: found.version }, h("span", { dir: "auto", class: found.title ? "" : "untitled" }, name)),
        h("span", { class: "facts-line", dir: "auto" }, facts.filter(Boolean).join(" · "))),
      found.version > 1 ? h("a", { class: "quiet", "aria-label": `What changed: ${name}`, href: `#article?${api.query({ article_id: found.id, version: found.version, difference: 1 })}` }, "What changed") : null,
      removing(found, name));
  }

  function removing(found, name) {
    const button = twice("Remove", "remove it, with every version", async () => {
      try {
        await api.remove(`/v1/articles/${encodeURIComponent(found.id)}`);
        picked.set([named(found)], false);
        await refresh();
        say("Removed");
        shelf.querySelector("h2").focus({ preventScroll: true });
      } catch (error) {
        button.textContent = error.message;
      }
    }, name);
    return button;
  }

  await refresh();
  show(main, page);
  const corrected = () => refresh().catch(() => {}); // the banner says that nothing answers
  document.addEventListener("footnote-corrected", corrected);
  return () => {
    document.removeEventListener("footnote-corrected", corrected);
    added.leave();
  };
}

// Words, filters and order of the list

function searchForm(state, changed) {
  let counted = { total: 0, kinds: [] };
  const words = h("input", { type: "search", id: "find", placeholder: "Headline, outlet or text", maxlength: 500, autocomplete: "off" });
  const outlet = h("select", {});
  const kind = h("select", {});
  const missing = choices(h("select", {}), Object.entries(MISSING));
  const sort = choices(h("select", {}), Object.entries(SORTS));
  const since = h("input", { type: "date" });
  const until = h("input", { type: "date" });
  const fields = { q: words, outlet, since, until, kind, missing, sort };
  for (const [name, field] of Object.entries(fields)) field.id ||= `by-${name}`;
  const label = (text, field) => h("label", { class: "filter" }, h("span", {}, text), field);
  const ofKind = label("Kind", kind);
  const element = h("form", { class: "search", role: "search", "aria-label": "Articles" },
    h("label", { for: "find", class: "unseen" }, "Search the articles"),
    h("div", { class: "row" }, words, label("Order", sort)),
    h("div", { class: "filters" }, label("Outlet", outlet), label("From", since), label("To", until), ofKind, label("Lacks", missing),
      h("button", { type: "button", class: "quiet clear", onclick: () => clear() }, "Clear")));

  function read() {
    for (const [name, field] of Object.entries(fields)) state[name] = field.value.trim();
    mark();
    changed();
  }

  function mark() {
    const set = Object.keys(fields).some((name) => name !== "sort" && state[name]);
    element.querySelector(".filters").classList.toggle("set", set);
    markActive(element.querySelector(".filters"));
  }

  function clear() {
    Object.assign(state, EVERYTHING, { sort: state.sort });
    fill();
    mark();
    changed();
    words.focus();
  }

  function fill(names = Object.keys(fields)) {
    for (const name of names) fields[name].value = state[name];
  }
  fill();

  const typed = later(read);
  words.addEventListener("input", typed);
  element.addEventListener("change", (event) => { if (event.target !== words) read(); });
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    typed.now();
  });

  function offer(facets) {
    counted = facets;
    element.hidden = !facets.total;
    const named = (found, names = {}) => found.map(({ name, articles }) => [name, `${oneLine(names[name] ?? name)} (${articles.toLocaleString("en")})`]);
    choices(outlet, [["", "any"], ...named(facets.outlets)]);
    choices(kind, [["", "any"], ...named(facets.kinds, KINDS)]);
    ofKind.hidden = !hasKinds() && !state.kind;
    fill(["outlet", "kind"]); // never the words, which may be half typed
    for (const [name, field] of Object.entries({ outlet, kind })) {
      if (field.selectedIndex < 0) field.value = state[name] = "";
    }
    mark();
  }

  const hasKinds = () => counted.kinds.length > 1;
  return { element, offer, clear, hasKinds, total: () => counted.total };
}

function choices(select, options) {
  show(select, options.map(([value, text]) => h("option", { value }, text)));
  return select;
}

const named = (found) => [found.id, oneLine(found.title) || oneLine(found.opening) || found.id];

const known = (found, name, say_ = oneLine) => found[name] && say_(found[name]) + basisMark(found, name);

function origin(found, headlines) {
  if (found.origin.agency) return `from ${oneLine(found.origin.agency)}`;
  return found.origin.first === found.id ? null : `copy of ${headlines.get(found.origin.first) ?? oneLine(found.origin.first)}`;
}
