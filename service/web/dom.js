// Elements, and what an article's words may look like on them. Data goes in as text nodes only.

export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Characters that turn the direction of what follows, or are not seen at all, must not change what a reader reads.
// Each becomes one visible character, so that positions stay what they are.
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]|\udb40[\udc00-\udfff]/g;

export const visible = (text) => String(text ?? "").replace(UNSEEN, "\ufffd");

export const oneLine = (text) => visible(text).replace(/\s+/g, " ").trim();

// Positions count code points; the strings of this language count halves of them.
export function cutter(text) {
  if (!/[\ud800-\udfff]/.test(text)) return (start, end) => text.slice(start, end);
  const points = Array.from(text);
  return (start, end) => points.slice(start, end).join("");
}

const SAID_MS = 15_000;

// A line is added for each thing that happens, so that a screen reader reads all of them, and each once.
export function say(text) {
  if (!text) return;
  const line = h("p", {}, text);
  document.getElementById("said").append(line);
  setTimeout(() => line.remove(), SAID_MS);
}

// Marks the filters of a form that have a value.
export function markActive(form) {
  for (const label of form.querySelectorAll(".filter")) label.classList.toggle("active", Boolean(label.querySelector("input, select").value));
}

// The same act, done once typing has paused; `now` does it at once.
export function later(act, pause = 250) {
  let waiting = null;
  const put = () => {
    clearTimeout(waiting);
    waiting = setTimeout(act, pause);
  };
  put.now = () => {
    clearTimeout(waiting);
    act();
  };
  return put;
}

// A button whose act cannot be undone: the first press asks, and it forgets that when the focus goes.
export function twice(label, what, act, name = "") {
  let sure = false;
  const button = h("button", { type: "button", class: "quiet" });
  const call = (words) => {
    button.textContent = words;
    if (name) button.setAttribute("aria-label", `${words} ${name}`);
  };
  call(label);
  button.addEventListener("click", () => {
    if (sure) act();
    else {
      sure = true;
      call(`Really ${what.split(" ")[0]}?`);
      say(`Press again to ${what}`);
    }
  });
  button.addEventListener("blur", () => {
    sure = false;
    call(label);
  });
  return button;
}

export function show(element, ...children) {
  element.replaceChildren(...children.flat().filter(Boolean));
}

const MONTHS = "January February March April May June July August September October November December".split(" ");

export function day(iso) {
  const [year, month, date] = String(iso ?? "").split("-");
  if (!year || !MONTHS[Number(month) - 1]) return visible(iso ?? "");
  return [date && Number(date), MONTHS[Number(month) - 1], year].filter(Boolean).join(" ");
}

// A moment of the server's clock, as the reader's own day and time.
export function moment(iso) {
  const at = new Date(iso);
  const [date, hours] = [[at.getFullYear(), at.getMonth() + 1, at.getDate()].join("-"), [at.getHours(), at.getMinutes()]];
  return `${day(date)}, ${hours.map((number) => String(number).padStart(2, "0")).join(":")}`;
}

// How a value is known when the article does not state it itself.
export function basisMark(found, name) {
  const kind = found.basis?.[name]?.split(":")[0];
  return ["inferred", "given", "corrected"].includes(kind) ? ` (${kind})` : "";
}

export function sourceLine(found) {
  const mark = (name, value) => (value ? value + basisMark(found, name) : value);
  return [
    mark("outlet", oneLine(found.outlet)) || "outlet unknown",
    found.title ? `“${oneLine(found.title)}”` : `${oneLine(found.article_id)} (no headline)`,
    mark("published", day(found.published)) || "date unknown",
  ].join(", ");
}

// Words of the service with its commands, which stand between backticks.
export const coded = (text) => visible(text).split("`").map((part, i) => (i % 2 ? h("code", {}, part) : part));

export const count = (number, thing) => `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;

export function articleLink(place, ...children) {
  const { article_id, version, start, end } = place;
  const at = new URLSearchParams({ article_id, version, ...(start === undefined ? {} : { start, end }) });
  return h("a", { href: `#article?${at}`, class: "opens" }, ...children);
}

// A name for a file, of the words that it is about.
export function fileName(words) {
  return words.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60).replace(/^-|-$/g, "") || "footnote";
}

export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = h("textarea", { class: "unseen" });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  return undefined;
}

export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
