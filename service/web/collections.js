// Collections: a switch, where there is more than one to choose from. The choice is kept in the page's address.

import * as api from "./api.js";
import { h, show } from "./dom.js";

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

// The page is loaded anew, so that nothing of one collection stays in another.
function change({ name, default: unnamed }, hash) {
  location.assign(`/${unnamed ? "" : `?${api.query({ collection: name })}`}${hash}`);
}
