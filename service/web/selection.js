// Selection of articles in the library, and what is done with several at once: ask, brief, correct, remove.

import * as api from "./api.js";
import { NAMING, make, named } from "./collections.js";
import { count, h, oneLine, say, show, visible } from "./dom.js";
import { useAll, useOnly } from "./filters.js";

const SELECTED = api.ofCollection("footnote-selection");
const AT_ONCE = 50;
// The headline of each selected article by its id.
const selected = new Map(JSON.parse(sessionStorage.getItem(SELECTED) ?? "[]"));

export function selection(changed) {
  const title = h("strong", {});
  const status = h("p", { class: "status" });
  const bar = h("progress", { "aria-label": "Progress" });
  const stop = h("button", { type: "button" }, "Stop");
  const under = h("div", { class: "row", hidden: true }, status, stop, bar);
  const problems = h("ul", { class: "undone", role: "alert" });
  const outlet = h("input", { type: "text", maxlength: 1000, dir: "auto" });
  const published = h("input", { type: "text", placeholder: "2025-10-16", pattern: "\\d{4}(-\\d\\d){0,2}", title: "2025-10-16, 2025-10 or 2025" });
  const form = h("form", { class: "row", hidden: true }, h("label", {}, "Outlet ", outlet), h("label", {}, "Published ", published), h("button", {}, "Set"));
  const names = h("datalist", { id: "collection-names" });
  const other = h("input", { ...NAMING, id: "copied-to", list: "collection-names" });
  const copying = h("form", { class: "row", hidden: true }, h("label", { for: "copied-to" }, "Into the collection"), other, names, h("button", {}, "Copy"), h("span", { class: "hint" }, "a new name makes a new one"));
  const copies = h("button", { type: "button", "aria-expanded": "false", onclick: async () => {
    copying.hidden = !copying.hidden;
    copies.setAttribute("aria-expanded", String(!copying.hidden));
    show(names, (await named().catch(() => [])).filter((name) => name !== (api.collection ?? "default")).map((name) => h("option", { value: name })));
    if (!copying.hidden) other.focus({ preventScroll: true });
  } }, "Copy to a collection");
  const correct = h("button", { type: "button", "aria-expanded": "false", onclick: () => open(form.hidden) }, "Set outlet or date");
  const erase = h("button", { type: "button", onclick: () => removing() }, "Remove");
  const actions = h("div", { class: "row" }, title,
    h("button", { type: "button", onclick: () => only("#ask") }, "Ask about them"),
    h("button", { type: "button", onclick: () => only("#briefs") }, "Brief on them"),
    correct, copies, erase,
    h("button", { type: "button", class: "quiet", onclick: () => { selected.clear(); kept(); say("Nothing is selected"); leave(); } }, "Select none"));
  const element = h("section", { class: "selection", "aria-label": "Selected articles" }, actions, form, copying, under, problems);
  let sure = false;

  function kept() {
    sessionStorage.setItem(SELECTED, JSON.stringify([...selected]));
    if (!selected.size) useAll();
    title.textContent = `${selected.size.toLocaleString("en")} selected`;
    element.hidden = !selected.size && !problems.children.length && under.hidden;
    actions.hidden = !selected.size;
    doubt();
    element.dispatchEvent(new CustomEvent("selected"));
  }

  // What was pressed is gone.
  function leave() {
    document.querySelector(".shelf h2")?.focus({ preventScroll: true });
  }

  function doubt() {
    sure = false;
    erase.textContent = "Remove";
  }
  erase.addEventListener("blur", doubt);

  function open(opened) {
    form.hidden = !opened;
    correct.setAttribute("aria-expanded", String(opened));
    if (opened) outlet.focus({ preventScroll: true });
  }

  function only(view) {
    useOnly(selected);
    location.hash = view;
  }

  // Does something to each batch of the selected, shows how far it is, and lists what could not be done.
  async function through(batches, what, act) {
    let stopped = false;
    let done = 0;
    stop.onclick = () => { stopped = true; };
    problems.replaceChildren();
    under.hidden = false;
    actions.inert = form.inert = copying.inert = true;
    bar.max = batches.flat().length;
    for (const batch of batches) {
      if (stopped) break;
      status.textContent = `${what} ${done.toLocaleString("en")} of ${bar.max.toLocaleString("en")} …`;
      bar.value = done;
      try {
        await act(batch);
        done += batch.length;
      } catch (error) {
        problems.append(h("li", { dir: "auto" }, visible(`${batch.length > 1 ? count(batch.length, "article") : oneLine(batch[0])}: ${error.message}`)));
        if (error.status === 0) break;
      }
    }
    under.hidden = true;
    actions.inert = form.inert = copying.inert = false;
    kept();
    await changed();
    if (!selected.size) leave();
    say(`${what} ${count(done, "article")}: done`);
  }

  function batched() {
    const ids = [...selected.keys()];
    return Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, i) => ids.slice(i * AT_ONCE, (i + 1) * AT_ONCE));
  }

  function removing() {
    if (!sure) {
      sure = true;
      erase.textContent = `Really remove ${count(selected.size, "article")}?`;
      say("Press again to remove them, with every version");
      return;
    }
    through(batched(), "Removing", async (batch) => {
      await api.post("/v1/articles/removals", { article_ids: batch });
      batch.forEach((id) => selected.delete(id));
    });
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = Object.fromEntries(Object.entries({ outlet: outlet.value.trim(), published: published.value.trim() }).filter(([, value]) => value));
    if (!Object.keys(body).length) return;
    await through([...selected.keys()].map((id) => [id]), "Correcting", ([id]) => api.patch(`/v1/articles/${encodeURIComponent(id)}`, body));
    outlet.value = published.value = "";
    open(false);
    correct.focus();
  });

  copying.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = other.value;
    try {
      if (!(await named()).includes(name)) await make(name);
    } catch (error) {
      show(problems, h("li", {}, error.message));
      return;
    }
    await through(batched(), "Copying", async (batch) => {
      const { refused } = await api.post(`/v1/collections/${encodeURIComponent(name)}/articles`, { article_ids: batch });
      if (refused.length) throw new Error(refused.map((each) => each.reason).join("; "));
    });
    copying.hidden = true;
    copies.focus();
  });

  kept();
  return {
    element,
    has: (id) => selected.has(id),
    enter: () => { if (selected.size) actions.querySelector("button").focus({ preventScroll: true }); },
    set(named, on) {
      for (const [id, name] of named) {
        if (on) selected.set(id, name);
        else selected.delete(id);
      }
      kept();
      say(selected.size ? title.textContent : "Nothing is selected");
    },
  };
}
