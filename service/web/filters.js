// Filters of what may be used: their form, kept for the session, and the selection made in the library.

import * as api from "./api.js";
import { count, h, markActive, say } from "./dom.js";

const FILTERS = api.ofCollection("footnote-filters");
const MOST_NAMED = 20;

export function filterForm(outlets) {
  const kept = JSON.parse(sessionStorage.getItem(FILTERS) ?? "{}");
  const field = (name, label, props) => {
    const input = h("input", { id: `f-${name}`, name, ...props });
    input.value = kept[name] ?? "";
    return h("label", { class: "filter" }, h("span", {}, label), input);
  };
  const form = h("form", { class: "filters", "aria-label": "Which articles may be used" });
  const only = kept.article_ids?.length ? h("button", { type: "button", class: "only", title: kept.only, onclick: () => { unselect(form); say("All articles may be used"); form.querySelector("input").focus(); } },
    `Only ${count(kept.article_ids.length, "selected article")}`, h("span", { "aria-hidden": "true" }, "×"), h("span", { class: "unseen" }, ": use all again")) : null;
  if (only) Object.assign(form, { articleIds: kept.article_ids, only: kept.only });
  form.append(...[only,
    field("since", "From", { type: "date" }), field("until", "To", { type: "date" }),
    field("as_of", "As of", { type: "date", title: "The day on which you stand: nothing later is used" }),
    field("outlet", "Outlet", { type: "text", list: "outlets", placeholder: "any", autocomplete: "off" }),
    h("datalist", { id: "outlets" }, outlets.map((name) => h("option", { value: name }))),
    h("button", { type: "button", class: "quiet clear", onclick: () => { clear(form); form.querySelector("input").focus(); } }, "Clear")].filter(Boolean));
  form.addEventListener("input", () => keep(form));
  form.addEventListener("submit", (event) => event.preventDefault());
  keep(form);
  return form;
}

function keep(form) {
  const values = Object.fromEntries(new FormData(form));
  sessionStorage.setItem(FILTERS, JSON.stringify({ ...values, article_ids: form.articleIds, only: form.only }));
  form.classList.toggle("set", Object.values(values).some(Boolean));
  markActive(form);
}

// Lets only these articles be used from now on, whatever the filters were.
export function useOnly(headlines) {
  const more = headlines.size - MOST_NAMED;
  const only = [...[...headlines.values()].slice(0, MOST_NAMED), ...(more > 0 ? [`and ${count(more, "article")} more`] : [])].join("\n");
  sessionStorage.setItem(FILTERS, JSON.stringify({ article_ids: [...headlines.keys()], only }));
}

export function useAll() {
  const { article_ids, only, ...filters } = JSON.parse(sessionStorage.getItem(FILTERS) ?? "{}");
  sessionStorage.setItem(FILTERS, JSON.stringify(filters));
}

function unselect(form) {
  delete form.articleIds;
  delete form.only;
  form.querySelector(".only")?.remove();
  keep(form);
  form.dispatchEvent(new CustomEvent("unselected"));
}

export function clear(form) {
  for (const input of form.querySelectorAll("input")) input.value = "";
  unselect(form);
  say("All articles may be used");
}

export function chosen(form) {
  return { ...Object.fromEntries([...new FormData(form)].filter(([, value]) => value)), ...(form.articleIds ? { article_ids: form.articleIds } : {}) };
}

export async function outletsOf() {
  const { total, outlets } = await api.get("/v1/facets");
  return { total, outlets: outlets.map((found) => found.name) };
}
