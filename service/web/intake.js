// Intake: files, folders and pages that are added, how far each is, and what was refused and why.

import * as api from "./api.js";
import { copy, count, h, oneLine, say, show, visible } from "./dom.js";

const REFUSED = api.ofCollection("footnote-refused");
const MOST_ROWS = 8;
const MOST_REFUSED = 300;
const REDRAWN_MS = 3000;
const MANY_ARTICLES = /\.(jsonl?|ndjson|csv|tsv|mbox|xml|rss|atom)$/i;
const LARGE = 100_000;
const KINDS = "Text, Markdown, HTML, PDF, Word, OpenDocument, RTF, JSON, CSV, RSS and Atom, mail";

// An intake goes on while other views are open, so its elements are kept and put back when the library is opened again.
const work = { waiting: [], total: 0, done: 0, tally: {}, current: null, broken: false, hidden: 0, drawn: 0 };
const status = h("p", { class: "status" });
const bar = h("progress", { "aria-label": "Adding articles" });
const stop = h("button", { type: "button", onclick: () => stopIt() }, "Stop");
const rows = h("ol", { class: "files" });
const progress = h("div", { hidden: true }, h("div", { class: "row" }, status, stop), bar, rows);
const refused = h("section", { class: "refusals", "aria-label": "Refused" });
let refusals = JSON.parse(sessionStorage.getItem(REFUSED) ?? "[]");
let finished = () => {};

export function intake(whenFinished) {
  finished = whenFinished;
  const files = h("input", { type: "file", multiple: true, id: "files", class: "unseen" });
  const folder = h("input", { type: "file", id: "folder", class: "unseen", webkitdirectory: "" });
  const zone = h("div", { class: "zone" }, h("p", { class: "lead-small" }, "Drop files or folders here"),
    h("p", { class: "row" }, files, h("label", { for: "files", class: "button" }, "Choose files"), folder, h("label", { for: "folder", class: "button" }, "Choose a folder")),
    h("p", { class: "hint" }, KINDS));
  const address = h("input", { type: "url", id: "address", required: true, placeholder: "https://…" });
  const fetching = h("form", { class: "row address" }, h("label", { for: "address" }, "Page or feed"), address, h("button", {}, "Fetch"));
  for (const input of [files, folder]) {
    input.addEventListener("change", () => {
      const chosen = [...input.files];
      // A hidden file that somebody chooses by name is meant; those of a folder are not.
      const meant = input === folder ? chosen.filter((file) => !isHidden(file)) : chosen;
      ingest(meant.map(sending), chosen.length - meant.length);
      input.value = "";
    });
  }
  fetching.addEventListener("submit", (event) => {
    event.preventDefault();
    const url = address.value;
    ingest([{ name: url, run: () => api.post("/v1/addresses", { url }) }]);
    address.value = "";
  });
  drawRefusals();
  return { zone, leave: () => { finished = () => {}; }, element: h("div", {}, h("div", { class: "inlets" }, zone, fetching), h("div", { class: "intake" }, progress, refused)) };
}

export function droppable(page, zone) {
  for (const kind of ["dragover", "dragleave", "drop"]) {
    page.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
    });
  }
  page.addEventListener("drop", async (event) => ingest((await dropped(event.dataTransfer)).map(sending)));
}

export async function ingest(items, hidden = 0) {
  work.hidden += hidden;
  if (!items.length) return;
  const running = work.total > work.done;
  if (!running) {
    Object.assign(work, { total: 0, done: 0, tally: { new: 0, changed: 0, unchanged: 0, refused: 0 }, broken: false, hidden, drawn: 0 });
    rows.replaceChildren();
  }
  work.waiting.push(...items);
  work.total += items.length;
  if (running) return;
  progress.hidden = bar.hidden = stop.hidden = false;
  say(`Adding ${count(work.total, "item")}`);
  while (work.waiting.length && !work.broken) await one(work.waiting.shift());
  const left = work.waiting.length;
  work.waiting = [];
  work.total = work.done;
  bar.hidden = stop.hidden = true;
  status.textContent = tallied() + (left ? `; ${count(left, "item")} not sent` : "") + (work.hidden ? `; ${count(work.hidden, "hidden file")} left out` : "");
  say(`Done: ${status.textContent}`);
  await finished();
}

async function one(item) {
  const state = h("span", { class: "state" }, "reading …");
  const line = h("progress", { "aria-label": oneLine(item.name) });
  const row = h("li", {}, h("span", { class: "name", dir: "auto" }, oneLine(item.name)), line, state);
  rows.prepend(row);
  while (rows.children.length > MOST_ROWS) rows.lastChild.remove();
  status.textContent = `${work.done + 1} of ${work.total.toLocaleString("en")} …`;
  bar.max = work.total;
  bar.value = work.done;
  const begun = { cancelled: false };
  work.current = begun;
  try {
    const report = await item.run((done, total) => {
      Object.assign(line, { max: total, value: done });
      state.textContent = `${done.toLocaleString("en")} of ${count(total, "article")}`;
    }, begun);
    for (const kind of Object.keys(work.tally)) work.tally[kind] += report[kind].length;
    refuse(report.refused.map((each) => each.reason));
    state.textContent = inWords(Object.fromEntries(Object.keys(work.tally).map((kind) => [kind, report[kind].length])));
    row.classList.toggle("bad", report.refused.length > 0);
  } catch (error) {
    work.tally.refused += 1;
    work.broken = error.status === 0;
    refuse([`${item.name}: ${error.message}`]);
    state.textContent = work.broken ? "not sent" : "refused";
    row.classList.add("bad");
  }
  line.remove();
  work.done += 1;
  if (work.waiting.length && Date.now() - work.drawn > REDRAWN_MS) {
    work.drawn = Date.now();
    await finished();
  }
}

function stopIt() {
  work.total -= work.waiting.length;
  work.waiting = [];
  if (work.current) work.current.cancelled = true;
  say("Stopping after this file");
}

const inWords = (tally) => Object.entries(tally).filter(([, number]) => number).map(([kind, number]) => `${number.toLocaleString("en")} ${kind}`).join(", ") || "nothing in it";
const tallied = () => inWords(work.tally);

const isHidden = (file) => file.name.startsWith(".");
const sending = (file) => ({ name: file.webkitRelativePath || file.name, run: (report, begun) => upload(file, report, begun) });

// A file of many articles is a job, which says how far it is and goes on when the page is closed.
async function upload(file, report, begun) {
  const path = `/v1/uploads?${api.query({ name: file.webkitRelativePath || file.name })}`;
  if (file.size < LARGE || !MANY_ARTICLES.test(file.name)) return api.upload(path, file);
  let job = await api.upload(`${path}&wait=false`, file);
  while (job.state === "queued" || job.state === "running") {
    if (begun.cancelled) await api.remove(`/v1/jobs/${job.id}`);
    await new Promise((resolve) => { setTimeout(resolve, 500); });
    job = await api.get(`/v1/jobs/${job.id}`);
    report(Object.values(job.outcomes).reduce((sum, number) => sum + number, 0), job.total);
  }
  if (job.state === "failed") throw new Error(job.error);
  return job.report;
}

// Refused: kept until the reader has seen it

function refuse(reasons) {
  refusals = [...new Set([...refusals, ...reasons])];
  keep();
}

function keep() {
  sessionStorage.setItem(REFUSED, JSON.stringify(refusals));
  drawRefusals();
}

function drawRefusals() {
  refused.hidden = !refusals.length;
  if (!refusals.length) return;
  const more = refusals.length - MOST_REFUSED;
  const dismiss = () => {
    refusals = [];
    keep();
    say("The list of what was refused is dismissed");
    document.getElementById("files")?.focus();
  };
  show(refused, h("div", { class: "row" }, h("h2", {}, `${refusals.length.toLocaleString("en")} refused`),
    h("button", { type: "button", class: "quiet", onclick: async () => { await copy(refusals.join("\n")); say("Copied"); } }, "Copy the list"),
    h("button", { type: "button", class: "quiet", onclick: dismiss }, "Dismiss")),
  h("div", { class: "scrolled", tabindex: "0", role: "region", "aria-label": "What was refused and why" },
    h("ul", { class: "refused-ones" }, refusals.slice(0, MOST_REFUSED).map((reason) => h("li", { dir: "auto" }, visible(reason)))),
    more > 0 ? h("p", { class: "hint" }, `and ${count(more, "item")} more, in the copied list`) : null));
}

// Files that are dropped, and those in dropped folders

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
