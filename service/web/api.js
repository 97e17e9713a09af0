// The service, asked over HTTP. An error is a Problem with one line for people.

export class Problem extends Error {
  constructor(status, title, detail) {
    super(detail);
    this.status = status;
    this.title = title;
  }
}

const KEY = "footnote-key";

// The collection that the page's address names; null for the one that needs no name.
export const collection = new URLSearchParams(location.search).get("collection");

function headers(type) {
  const key = sessionStorage.getItem(KEY);
  return { ...(type ? { "Content-Type": type } : {}), ...(key ? { Authorization: `Bearer ${key}` } : {}) };
}

export function hasKey() {
  return Boolean(sessionStorage.getItem(KEY));
}

export function useKey(key) {
  sessionStorage.setItem(KEY, key);
}

function notify(kind) {
  document.dispatchEvent(new CustomEvent(`footnote-${kind}`));
}

// The name under which the browser keeps something of this collection.
export function ofCollection(name) {
  return collection ? `${name}-${collection}` : name;
}

export function inCollection(path) {
  return collection ? `${path}${path.includes("?") ? "&" : "?"}${query({ collection })}` : path;
}

async function request(method, path, { body, type, signal } = {}) {
  let response;
  try {
    response = await fetch(inCollection(path), { method, body, headers: headers(type), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    notify("offline");
    throw new Problem(0, "Offline", "Footnote does not answer; it may have been stopped.");
  }
  notify("online");
  if (response.ok) return response;
  if (response.status === 401) notify("locked");
  let said = {};
  try {
    said = await response.json();
  } catch {
    said = {};
  }
  throw new Problem(response.status, said.title ?? "Error", said.detail ?? `the service answered ${response.status}`);
}

const asJson = (body) => ({ body: JSON.stringify(body), type: "application/json" });

export const get = async (path, signal) => (await request("GET", path, { signal })).json();
export const post = async (path, body, signal) => (await request("POST", path, { ...asJson(body), signal })).json();
export const patch = async (path, body) => (await request("PATCH", path, asJson(body))).json();
export const remove = (path) => request("DELETE", path);
export const file = async (path) => (await request("GET", path)).blob();
export const made = async (path, body) => (await request("POST", path, asJson(body))).blob();
export const upload = async (path, body) =>
  (await request("POST", path, { body, type: "application/octet-stream" })).json();

export function query(values) {
  const each = Object.entries(values).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  return new URLSearchParams(each.filter(([, value]) => value !== null && value !== undefined && value !== "")).toString();
}

// Server-sent events of a POST, which the browser's own EventSource cannot send.
export async function* stream(path, body, signal) {
  const response = await request("POST", path, { ...asJson(body), signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      buffer += value ?? "";
      const blocks = buffer.split(/\r?\n\r?\n/);
      buffer = blocks.pop();
      for (const block of blocks) {
        const event = parsed(block);
        if (event) yield event;
      }
      if (done) return;
    }
  } catch (error) {
    if (error.name === "AbortError" || error instanceof Problem) throw error;
    notify("offline");
    throw new Problem(0, "Offline", "The connection broke off before the answer was whole; ask again.");
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parsed(block) {
  const lines = block.split(/\r?\n/);
  const name = lines.find((line) => line.startsWith("event:"))?.slice(6).trim() ?? "message";
  const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart()).join("\n");
  if (!data) return null;
  const value = JSON.parse(data);
  if (name === "error") throw new Problem(value.status, value.title, value.detail);
  return { name, data: value };
}
