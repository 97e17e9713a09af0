// Article view, beside what cites it, with the cited words highlighted.

import * as api from "./api.js";
import { articleLink, basisMark, count, cutter, day, h, oneLine, say, show, visible } from "./dom.js";

const beside = document.getElementById("beside");
let opener = null;
let wanted = 0;

export function closeArticle(back) {
  if (beside.hidden) return;
  const address = location.hash;
  beside.hidden = true;
  document.body.classList.remove("reading");
  if (location.hash.startsWith("#article?")) {
    const view = document.getElementById("main").dataset;
    history.replaceState(null, "", `#${view.address ?? view.view}`);
  }
  behind(false);
  const main = document.getElementById("main");
  const again = opener?.isConnected ? opener : [...main.querySelectorAll("a.opens")].find((link) => link.hash === address);
  if (back) (again ?? main).focus({ preventScroll: true });
  opener = null;
}

// Where the article covers everything else, nothing behind it can be reached.
function behind(covered) {
  for (const each of [document.getElementById("main"), document.querySelector(".top")]) each.inert = covered;
}

export async function openArticle(place) {
  const mine = ++wanted;
  if (document.activeElement?.closest("main")) opener = document.activeElement;
  beside.hidden = false;
  document.body.classList.add("reading");
  behind(matchMedia("(max-width: 60rem)").matches);
  show(beside, bar("…"), h("p", { class: "loading" }, "Opening the article …"));
  const path = `/v1/articles/${encodeURIComponent(place.article_id)}`;
  try {
    const found = await api.get(`${path}?${api.query({ version: place.version, difference: place.difference })}`);
    if (mine === wanted) draw(found, place);
  } catch (error) {
    if (mine !== wanted) return;
    const removed = error.message.startsWith("no article ");
    show(beside, bar("Cannot be opened"), h("p", { class: "notice" }, removed ? "This article was removed from the library and can no longer be opened." : error.message));
    beside.querySelector("button").focus();
  }
}

function bar(title) {
  return h("div", { class: "bar" }, h("h2", { dir: "auto", title }, title),
    h("button", { type: "button", "aria-label": "Close the article", onclick: () => closeArticle(true) }, "Close"));
}

function draw(found, place) {
  const text = h("div", { class: "text", dir: "auto", tabindex: "0", role: "region", "aria-label": "Text of the article" });
  const cut = cutter(found.text);
  const lit = place.end === undefined ? null : h("mark", { class: "lit", tabindex: "-1" }, visible(cut(+place.start, +place.end)));
  if (place.difference) text.append(...difference(found));
  else if (lit) text.append(visible(cut(0, +place.start)), lit, visible(cut(+place.end)));
  else text.append(visible(found.text));
  show(beside, bar(oneLine(found.title) || "No headline"), about(found), editor(found, place), notices(found), text);
  (lit ?? beside).scrollIntoView({ block: lit ? "center" : "start" });
  (lit ?? beside.querySelector("button")).focus({ preventScroll: true });
  say(`Article opened: ${oneLine(found.title) || "no headline"}`);
}

function about(found) {
  const known = (name, value) => (value || "unknown") + basisMark(found, name);
  const rows = [
    ["Outlet", known("outlet", oneLine(found.outlet))],
    ["Published", known("published", day(found.published))],
    ["Author", known("author", oneLine(found.author))],
    ["Origin", found.origin.basis],
    ["Id", `${found.id}, version ${found.version}`],
  ];
  const list = h("dl", { class: "facts" }, rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", { dir: "auto" }, value)]));
  if (found.url) list.append(h("dt", {}, "Address"), h("dd", {}, h("a", { href: found.url, rel: "noreferrer noopener", target: "_blank" }, found.url)));
  return list;
}

const EDITABLE = [["title", "Headline"], ["outlet", "Outlet"], ["published", "Published (YYYY-MM-DD)"], ["author", "Author"]];

function editor(found, place) {
  if (found.current !== found.version) return null;
  const problem = h("p", { class: "notice", role: "alert", hidden: true });
  const fields = EDITABLE.map(([name, label]) => [name, label, h("input", { name, value: found[name] ?? "", dir: "auto", maxlength: 1000 })]);
  const saving = h("button", {}, "Save");
  const save = async (body) => {
    const mine = wanted;
    problem.hidden = all.disabled = true;
    saving.textContent = "Saving …";
    say("Saving");
    try {
      const now = await api.patch(`/v1/articles/${encodeURIComponent(found.id)}`, body);
      if (mine === wanted) draw(now, place);
      say(body.undo ? "The corrections are undone" : "Corrected");
      document.dispatchEvent(new CustomEvent("footnote-corrected"));
    } catch (error) {
      all.disabled = false;
      saving.textContent = "Save";
      problem.textContent = error.message;
      problem.hidden = false;
      saving.focus();
    }
  };
  const corrected = Object.entries(found.stated);
  const all = h("fieldset", {}, fields.map(([, label, input]) => h("label", {}, label, " ", input)),
    saving, corrected.length ? h("button", { type: "button", onclick: () => save({ undo: true }) }, "Undo all corrections") : null);
  const form = h("form", { onsubmit: (event) => {
    event.preventDefault();
    save(Object.fromEntries(fields.filter(([name, , input]) => input.value !== (found[name] ?? "")).map(([name, , input]) => [name, input.value])));
  } }, all, problem);
  const said = corrected.map(([name, value]) => h("p", {}, `The article's own ${name}: `, visible(value ?? "none")));
  return h("details", { class: "edit" }, h("summary", {}, "Edit headline, outlet, date, author"), said, form);
}

function notices(found) {
  const cut = cutter(found.text);
  const links = [];
  if (found.current !== found.version) links.push(articleLink({ article_id: found.id, version: found.current }, `Version ${found.current} is current`));
  for (let version = 1; version <= found.current && found.current > 1; version += 1) {
    if (version !== found.version && version !== found.current) links.push(articleLink({ article_id: found.id, version }, `Version ${version}`));
  }
  if (found.current > 1) links.push(h("a", { href: `#article?${api.query({ article_id: found.id, version: found.version, difference: 1 })}` }, "What was changed"));
  return [
    ...found.corrections.map((span) => h("p", { class: "correction" }, "The article corrects itself: ", visible(cut(span.start, span.end)))),
    links.length ? h("p", { class: "versions" }, links.flatMap((link, i) => (i ? [" · ", link] : [link]))) : null,
  ];
}

function difference(found) {
  const changed = found.difference;
  if (!changed) return [h("p", {}, "Nothing to compare.")];
  const marked = (tag, words) => h(tag, {}, h("span", { class: "unseen" }, tag === "del" ? "removed: " : "added: "), visible(words));
  const facts = changed.facts.map((fact) =>
    h("p", {}, `${fact.name}: `, marked("del", fact.then ?? "none"), " ", marked("ins", fact.now ?? "none")));
  const edits = changed.edits.map((edit) => h("p", {}, edit.pieces.flatMap((piece) => {
    const tag = { removed: "del", added: "ins" }[piece.kind];
    return [tag ? marked(tag, piece.words) : visible(piece.words), " "];
  })));
  const head = `Version ${changed.from_version} to ${changed.to_version}: ${count(edits.length, "change")} in the words`;
  return [h("p", { class: "summary" }, head), ...facts, ...edits];
}
