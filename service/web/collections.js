// Collections: a switch, where there is more than one to choose from, and making and removing them. The choice is kept
// in the page's address.

import * as api from "./api.js";
import { h, say, show, twice } from "./dom.js";

const place = document.getElementById("collections");

export async function offerCollections() {
  const { collections } = await api.get("/v1/collections").catch(() => ({ collections: [] }));
  if (!api.collection && collections.length && !collections.some((each) => each.default)) {
    change(collections[0], location.hash); // this key is for several, none of them without a name
    return;
  }
  place.hidden = collections.length < 2;
  const chosen = api.collection ?? collections.find((each) => each.default)?.name;
  const choice = h("select", { "aria-label": "Collection" },
    collections.map((each) => h("option", { selected: each.name === chosen }, each.name)));
  if (!collections.some((each) => each.name === chosen)) choice.selectedIndex = -1;
  // A choice alone changes nothing: with the keyboard, others are passed on the way to it.
  const open = h("button", { hidden: true }, "Open");
  choice.addEventListener("change", () => { open.hidden = collections[choice.selectedIndex]?.name === chosen; });
  place.onsubmit = (event) => {
    event.preventDefault();
    if (choice.selectedIndex >= 0) change(collections[choice.selectedIndex], `#${document.getElementById("main").dataset.view}`);
  };
  show(place, h("span", { "aria-hidden": "true" }, "Collection"), choice, open);
}

export const NAMING = { type: "text", required: true, maxlength: "64", pattern: "[a-z0-9]+(-[a-z0-9]+)*", title: "Lower-case letters, digits, and hyphens between them", autocapitalize: "none" };

export async function named() {
  return (await api.get("/v1/collections")).collections.map((each) => each.name);
}

export const make = (name) => api.post("/v1/collections", { name });

// Making a collection, which is opened at once, and removing the one that is open.
export function collectionsForm() {
  const name = h("input", { ...NAMING, id: "collection-name" });
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const failed = (error) => {
    problem.textContent = error.message;
    problem.hidden = false;
  };
  const form = h("form", { class: "row" }, h("label", { for: "collection-name" }, "New collection"), name, h("button", {}, "Make and open"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    make(name.value).then((made) => change(made, "#library"), failed);
  });
  const remove = api.collection ? twice("Remove this collection", `remove “${api.collection}” with all its articles, answers and conversations`, () => {
    say("Removing the collection");
    return api.remove(`/v1/collections/${encodeURIComponent(api.collection)}`).then(() => change({ default: true }, "#library"), failed);
  }) : null;
  return h("details", { class: "collections" }, h("summary", {}, api.collection ? `Collection: ${api.collection}` : "Collections"),
    h("p", { class: "hint" }, "Each collection has its own articles, answers and conversations."), form, remove, problem);
}

// The page is loaded anew, so that nothing of one collection stays in another.
function change({ name, default: unnamed }, hash) {
  location.assign(`/${unnamed ? "" : `?${api.query({ collection: name })}`}${hash}`);
}
