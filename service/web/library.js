// Library view: ingest files, folders and pages; list and remove articles.

import * as api from "./api.js";
import { articleLink, basisMark, count, day, h, oneLine, say, show, visible } from "./dom.js";

const PAGE = 50;

export function passages(results) {
  if (!results.length) return h("p", { class: "hint" }, "No passage has these words.");
  return h("ol", { class: "passages" }, results.map((hit) => h("li", {},
    articleLink(hit, h("span", { class: "source", dir: "auto" }, [oneLine(hit.outlet) || "outlet unknown", day(hit.published) || "date unknown"].join(", "))),
    h("p", { dir: "auto" }, oneLine(hit.text)))));
}

export async function library(main) {
  const table = h("div", { class: "shelf" });
  const log = h("div", { class: "intake" });
  const files = h("input", { type: "file", multiple: true, id: "files", class: "unseen" });
  const folder = h("input", { type: "file", id: "folder", class: "unseen", webkitdirectory: "" });
  const zone = h("div", { class: "zone" }, h("p", { class: "lead-small" }, "Drop files or folders here"),
    h("p", { class: "row" }, files, h("label", { for: "files", class: "button" }, "Choose files"), folder, h("label", { for: "folder", class: "button" }, "Choose a folder")),
    h("p", { class: "hint" }, "Text, Markdown, HTML, PDF, Word, OpenDocument, RTF, JSON, CSV, RSS and Atom, mail"));
  const address = h("input", { type: "url", id: "address", required: true, placeholder: "https://…" });
  const fetching = h("form", { class: "row address" }, h("label", { for: "address" }, "Page or feed"), address, h("button", {}, "Fetch"));
  show(main, h("div", { class: "page" }, h("h1", {}, "Library"), h("div", { class: "inlets" }, zone, fetching), log, table));

  let offset = 0;
  async function draw() {
    const { articles, total } = await api.get(`/v1/articles?limit=${PAGE}&offset=${offset}`);
    show(table, h("h2", {}, count(total, "article")), total ? listing(articles) : h("p", { class: "notice" }, "Nothing here yet. Drop in a file, or ", sample()), pages(total));
  }

  function sample() {
    return h("button", { type: "button", onclick: () => ingest([["samples", () => api.post("/v1/samples", {})]]) }, "add the five sample articles");
  }

  function pages(total) {
    if (total <= PAGE) return null;
    const step = (by, label) => h("button", { type: "button", disabled: offset + by < 0 || offset + by >= total, onclick: () => { offset += by; draw(); } }, label);
    return h("p", { class: "row" }, step(-PAGE, "Before"), `${offset + 1} to ${Math.min(offset + PAGE, total)} of ${total}`, step(PAGE, "Next"));
  }

  function listing(articles) {
    return h("ul", { class: "articles" }, articles.map((found) => h("li", {},
      h("div", {}, articleLink({ article_id: found.id, version: found.version }, h("span", { dir: "auto" }, oneLine(found.title) || `No headline (${found.id})`)),
        h("span", { class: "facts-line", dir: "auto" }, [known(found, "outlet") || "outlet unknown", known(found, "published", day) || "date unknown", origin(found), found.version > 1 ? `version ${found.version}` : null].filter(Boolean).join(" · "))),
      found.version > 1 ? h("a", { class: "quiet", href: `#article?${api.query({ article_id: found.id, version: found.version, difference: 1 })}` }, "What changed") : null,
      removing(found))));
  }

  function removing(found) {
    let sure = false;
    const button = h("button", { type: "button", class: "quiet", "aria-label": `Remove ${oneLine(found.title) || found.id}` }, "Remove");
    button.addEventListener("click", async () => {
      if (!sure) {
        sure = true;
        button.textContent = "Really remove?";
        button.removeAttribute("aria-label");
        say("Press again to remove it, with every version");
        return;
      }
      try {
        await api.remove(`/v1/articles/${encodeURIComponent(found.id)}`);
        say("Removed");
        await draw();
        table.querySelector("h2").focus?.();
      } catch (error) {
        button.textContent = error.message;
      }
    });
    button.addEventListener("blur", () => { sure = false; if (button.isConnected) button.textContent = "Remove"; });
    return button;
  }

  async function ingest(jobs) {
    if (!jobs.length) return;
    const bar = h("progress", { max: jobs.length, value: 0, "aria-label": "Adding articles" });
    const status = h("p", { class: "status" }, `Adding ${count(jobs.length, "item")} …`);
    const refused = h("ul", { class: "refused-ones" });
    show(log, status, bar, refused);
    const tally = { new: 0, changed: 0, unchanged: 0, refused: 0 };
    for (const [name, job] of jobs) {
      try {
        const report = await job();
        for (const kind of Object.keys(tally)) tally[kind] += report[kind].length;
        refused.append(...report.refused.map((each) => h("li", { dir: "auto" }, visible(each.reason))));
      } catch (error) {
        tally.refused += 1;
        refused.append(h("li", { dir: "auto" }, `${visible(name)}: ${error.message}`));
        if (error.status === 0) break;
      }
      bar.value += 1;
    }
    bar.remove();
    status.textContent = Object.entries(tally).filter(([, number]) => number).map(([kind, number]) => `${number} ${kind}`).join(", ") || "Nothing in it";
    say(`Done: ${status.textContent}`);
    await draw();
  }

  const sending = (file) => [file.name, () => api.upload(`/v1/uploads?${api.query({ name: file.webkitRelativePath || file.name })}`, file)];
  for (const input of [files, folder]) {
    input.addEventListener("change", async () => {
      await ingest([...input.files].filter((file) => !file.name.startsWith(".")).map(sending));
      input.value = "";
    });
  }
  fetching.addEventListener("submit", async (event) => {
    event.preventDefault();
    const url = address.value;
    await ingest([[url, () => api.post("/v1/addresses", { url })]]);
    address.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
    });
  }
  zone.addEventListener("drop", async (event) => ingest((await dropped(event.dataTransfer)).map(sending)));
  await draw();
  return null;
}

const known = (found, name, say_ = oneLine) => found[name] && say_(found[name]) + basisMark(found, name);

function origin(found) {
  if (found.origin.agency) return `from ${oneLine(found.origin.agency)}`;
  return found.origin.first === found.id ? null : `copy of ${found.origin.first}`;
}

async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  if (entry.name.startsWith(".")) return;
  if (entry.isFile) {
    found.push(await new Promise((resolve, reject) => { entry.file(resolve, reject); }));
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const batch = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!batch.length) return;
    for (const inner of batch) await walk(inner, found);
  }
}
