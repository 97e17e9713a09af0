// Kept briefs: the list with titles to change, briefs to delete and two to compare, and the comparison side by side.

import * as api from "./api.js";
import { count, h, moment, oneLine, say, show, twice, visible } from "./dom.js";
import { sentence } from "./turn.js";

const SHOWN = 100;
const BETWEEN = "..";
const KINDS = {
  changed: "Changed", new: "New", gone: "Withdrawn",
  only_then: "Only in the earlier one", only_now: "Only in the later one",
};

export const isComparison = (id) => Boolean(id?.includes(BETWEEN));

export async function keptBriefs(shelf, own, again) {
  const { briefs, total } = await api.get(`/v1/briefs?limit=${SHOWN}`).catch(() => ({ briefs: [], total: 0 }));
  const picked = new Set();
  const compare = h("button", { type: "button", disabled: true, onclick: () => { location.hash = `#briefs/${[...picked].join(BETWEEN)}`; } }, "Compare the two");

  function pick(receipt, box) {
    if (box.checked) picked.add(receipt);
    else picked.delete(receipt);
    compare.disabled = picked.size !== 2;
  }

  show(shelf, briefs.length ? h("h2", {}, "Earlier briefs") : null,
    h("ul", { class: "articles kept" }, briefs.map((each) => entry(each, own, again, pick))),
    briefs.length > 1 ? h("p", { class: "row" }, compare, h("span", { class: "also" }, "Pick two to see what is new, changed or withdrawn.")) : null,
    total > briefs.length ? h("p", { class: "hint" }, `${count(briefs.length, "brief")} of ${total}; `, h("code", {}, "footnote briefs list"), " names them all.") : null);
}

function entry(each, own, again, pick) {
  const name = oneLine(each.title);
  const link = h("a", { href: `#briefs/${each.receipt}`, dir: "auto" }, name);
  if (each.receipt === own) link.setAttribute("aria-current", "page");
  const box = h("input", { type: "checkbox", "aria-label": `Pick to compare: ${name}`, onchange: () => pick(each.receipt, box) });
  const field = h("input", { type: "text", "aria-label": "Title", maxlength: "200", hidden: true });
  field.value = each.title;
  const trouble = h("span", { class: "problem", role: "alert" });

  async function rename() {
    if (field.hidden) {
      menu.open = false;
      field.hidden = false;
      link.hidden = true;
      field.select();
      return;
    }
    if (field.value.trim() && field.value !== each.title) {
      const { title } = await api.patch(`/v1/briefs/${each.receipt}`, { title: field.value });
      say("Brief renamed");
      return back(each.receipt === own ? title : undefined);
    }
    return back();
  }

  async function back(title) {
    await again(title);
    document.querySelector(`.kept a[href="#briefs/${each.receipt}"]`)?.focus();
  }

  const attempt = (act) => act().catch((error) => { trouble.textContent = error.message; });
  const erase = twice("Delete", "delete it", () => attempt(async () => {
    await api.remove(`/v1/briefs/${each.receipt}`);
    say("Brief deleted");
    if (each.receipt === own) location.hash = "#briefs";
    else await again();
    (document.querySelector(".kept a") ?? document.getElementById("topic"))?.focus();
  }));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") attempt(rename);
    if (event.key === "Escape") {
      event.stopPropagation();
      attempt(back);
    }
  });
  const menu = h("details", { class: "menu" }, h("summary", { "aria-label": `More about: ${name.slice(0, 80)}` }, "…"),
    h("div", { class: "choices" }, h("button", { type: "button", class: "quiet", onclick: () => attempt(rename) }, "Rename"), erase));
  return h("li", {}, box, h("div", {}, link, field, h("span", { class: "facts-line" }, moment(each.created_at)), trouble), menu);
}

export async function comparison(sheet, id) {
  const [one, other] = id.split(BETWEEN);
  const found = await api.get(`/v1/briefs/${encodeURIComponent(one)}/comparison?${api.query({ with: other })}`);
  const head = (each) => h("th", { scope: "col" }, h("a", { href: `#briefs/${each.receipt}`, dir: "auto" }, oneLine(each.title)), h("span", { class: "facts-line" }, moment(each.created_at)));
  show(sheet, h("h2", { class: "asked" }, "Two briefs compared"),
    h("p", { class: "hint" }, found.same ? "Both make the same statements." : `${count(found.unchanged, "statement")} in both; what differs:`),
    found.same ? null : h("table", { class: "compared" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "unseen" }, "Kind")), head(found.then), head(found.now))),
      h("tbody", {}, found.statements.map(row))));
  say(found.same ? "Both briefs make the same statements" : `${count(found.statements.length, "difference")} listed`);
}

function row({ kind, then, now, update }) {
  return h("tr", { class: kind }, h("th", { scope: "row" }, KINDS[kind]), cell(then), cell(now, update));
}

function cell(compared, update = null) {
  if (!compared) return h("td", { class: "none" }, h("span", { "aria-label": "nothing" }, "–"));
  const { line, citation } = compared;
  return h("td", {}, updated(update), sentence({ text: line.text, citations: [citation.number] }, new Map([[citation.number, citation]])));
}

export function updated(update) {
  if (!update) return null;
  const number = ({ value, source }) => `${visible(value)} (${visible(source)})`;
  return h("div", { class: "updated", dir: "auto" }, `At first ${number(update.first)}, then ${number(update.then)}`);
}
