// Conversation view: the question form, the turns so far, and the list of kept conversations.

import * as api from "./api.js";
import { count, h, later, oneLine, randomId, say, show, twice, visible } from "./dom.js";
import { chosen, clear, filterForm, outletsOf } from "./filters.js";
import { Turn, exportMenu } from "./turn.js";
import { welcome } from "./welcome.js";

const KEPT_LISTED = 50;
const MANY_KEPT = 2;
export const speeds = [];

export async function ask(main, id, moved) {
  const [{ total, outlets }, kept] = await Promise.all([outletsOf(), id ? api.get(`/v1/conversations/${encodeURIComponent(id)}`).catch(() => null) : null]);
  const conversation = { id: kept?.id ?? id ?? "", busy: null };
  const turns = h("div", { class: "turns" });
  const filters = filterForm(outlets);
  const question = h("textarea", { id: "question", rows: "1", maxlength: "2000", placeholder: "Ask the collection …", "aria-label": "Question", enterkeyhint: "send" });
  const send = h("button", { class: "send" }, "Ask");
  const form = h("form", { class: "composer" }, question, send);
  const list = h("ol", { class: "conversations" });
  const find = h("input", { type: "search", "aria-label": "Search the conversations", placeholder: "Words of a question", maxlength: "500", hidden: true });
  const none = h("p", { class: "hint" });
  const start = h("div", { class: "start" });
  const title = h("h1", { class: "unseen" }, "Ask the collection");
  const head = h("div", { class: "conversation-head" });
  show(main, h("div", { class: "ask" },
    h("details", { class: "past", open: matchMedia("(min-width: 75rem)").matches }, h("summary", {}, "Conversations"), h("a", { class: "new", href: "#ask" }, "New conversation"), find, none, list),
    h("div", { class: "conversation" }, title, head, start, turns, h("div", { class: "dock" }, filters, form))));

  const actions = {
    retry: (turn, style) => put(turn.question, style),
    ways: (turn) => ways(turn),
  };

  function ways(turn) {
    const set = Object.keys(chosen(filters)).length;
    return [
      set ? h("button", { type: "button", onclick: () => { clear(filters); put(turn.question); } }, "Ask again without the filters") : null,
      h("button", { type: "button", onclick: (event) => search(turn, event.target) }, "Show every passage with these words"),
      h("a", { href: "#library", class: "button" }, "Add articles"),
    ].filter(Boolean);
  }

  async function search(turn, button) {
    button.disabled = true;
    try {
      const { results } = await api.get(`/v1/search?${api.query({ q: turn.question, limit: 20, ...chosen(filters) })}`);
      const { passages } = await import("./library.js");
      const list = passages(results);
      list.tabIndex = -1;
      turn.foot.append(list);
      list.focus();
      say(`${count(results.length, "passage")} listed`);
    } catch (error) {
      turn.foot.append(h("p", { class: "problem", role: "alert" }, error.message));
      button.disabled = false;
    }
  }

  function settle(controller) {
    conversation.busy = controller;
    send.textContent = controller ? "Stop" : "Ask";
    send.classList.toggle("stop", Boolean(controller));
  }

  async function put(text, style = "auto") {
    conversation.busy?.abort();
    const controller = new AbortController();
    settle(controller);
    start.replaceChildren();
    conversation.id ||= randomId();
    const turn = new Turn(text, actions);
    turns.append(turn.element);
    say("Looking for evidence");
    turn.element.scrollIntoView({ block: "start" });
    const begun = performance.now();
    const speed = {};
    try {
      for await (const event of api.stream("/v1/ask", { question: text, style, conversation: conversation.id, stream: true, ...chosen(filters) }, controller.signal)) {
        turn.take(event);
        speed[event.name] ??= performance.now() - begun;
      }
      if (!turn.answer) throw new Error("The answer broke off before it was whole.");
      speeds.push(speed);
    } catch (error) {
      turn.failed(error);
    }
    if (conversation.busy === controller) settle(null);
    if (turn.answer) {
      history.replaceState(null, "", `#ask/${conversation.id}`);
      moved(`ask/${conversation.id}`);
      await listed().catch(() => {}); // the banner says that nothing answers
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (conversation.busy) {
      conversation.busy.abort();
      return;
    }
    const text = question.value.trim();
    if (!text) return;
    question.value = "";
    put(text);
  });
  question.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (!conversation.busy) form.requestSubmit();
    }
  });

  async function listed() {
    const q = find.value.trim();
    const { conversations, total: found } = await api.get(`/v1/conversations?${api.query({ limit: KEPT_LISTED, q })}`);
    if (q !== find.value.trim()) return;
    show(list, conversations.map((each) => entry(each)));
    find.hidden = !q && found < MANY_KEPT;
    none.textContent = !q ? "" : found ? `${count(found, "conversation")} found` : "No conversation has these words.";
    none.hidden = !none.textContent;
    if (q) return;
    const own = conversations.find((each) => each.id === conversation.id);
    show(head, own && (own.turns > 1 || own.title !== turns.querySelector(".asked")?.textContent) && h("div", { class: "row" }, h("span", { class: "conversation-title", dir: "auto" }, oneLine(own.title)), exportMenu(`/v1/conversations/${own.id}`, own.title)));
  }

  function entry(each) {
    const link = h("a", { href: `#ask/${each.id}`, dir: "auto" }, oneLine(each.title));
    if (each.id === conversation.id) link.setAttribute("aria-current", "page");
    const field = h("input", { type: "text", "aria-label": "Title", maxlength: "200", hidden: true });
    field.value = each.title;
    const rename = async () => {
      if (field.hidden) {
        field.hidden = false;
        link.hidden = true;
        field.select();
        return;
      }
      const renamed = field.value.trim() && field.value !== each.title;
      if (renamed) await api.patch(`/v1/conversations/${each.id}`, { title: field.value });
      await back();
      if (renamed) say("Conversation renamed");
    };
    const back = async () => {
      await listed();
      list.querySelector(`a[href="#ask/${each.id}"]`)?.focus();
    };
    const attempt = (act) => act().catch((error) => say(error.message));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") attempt(rename);
      if (event.key === "Escape") {
        event.stopPropagation();
        attempt(back);
      }
    });
    const erase = twice("Delete", "delete it", () => attempt(async () => {
      await api.remove(`/v1/conversations/${each.id}`);
      say("Conversation deleted");
      if (each.id === conversation.id) location.hash = "#ask";
      else await listed();
      main.querySelector(".past .new")?.focus();
    }));
    return h("li", {}, link, field, h("details", { class: "menu" }, h("summary", { "aria-label": `More about: ${oneLine(each.title).slice(0, 80)}` }, "…"),
      h("div", { class: "choices" }, h("button", { type: "button", class: "quiet", onclick: () => attempt(rename) }, "Rename"), erase)));
  }

  find.addEventListener("input", later(async () => {
    await listed().catch(() => {});
    say(none.textContent);
  }));
  (kept?.history ?? []).forEach((turn) => turns.append(Turn.kept(turn, actions).element));
  const greet = () => show(start, welcome(total, filters.articleIds?.length, () => ask(main, id, moved)));
  filters.addEventListener("unselected", () => { if (start.children.length) greet(); });
  if (!kept) greet();
  await listed();
  if (matchMedia("(hover: hover)").matches) question.focus({ preventScroll: true });
  if (kept) turns.lastElementChild?.scrollIntoView({ block: "start" });
  return () => conversation.busy?.abort();
}
