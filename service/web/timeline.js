// Dated events as a picture: a line of time on which each event is a point that leads to its words.

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 96;
const LEAST = 34;

function s(tag, props, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const moment = (iso) => {
  const [year, month, day] = iso.split("-").map(Number);
  return Date.UTC(year, (month ?? 7) - 1, day ?? 15);
};

export function timeline(events, target) {
  const known = events.map((event, i) => ({ event, i, at: moment(event.date) })).filter((each) => Number.isFinite(each.at)).sort((a, b) => a.at - b.at);
  const first = known[0]?.at ?? 0;
  const span = Math.max((known.at(-1)?.at ?? 0) - first, 1);
  const width = Math.max(640, known.length * LEAST + 120);
  const room = width - 120;
  let last = -Infinity;
  const places = known.map((each) => {
    // Kept apart, so that each can be reached; the order is exact, the distance only where there is room.
    last = Math.max(60 + ((each.at - first) / span) * (room - known.length * 4), last + LEAST * 0.6);
    return last;
  });
  const end = Math.max(width, last + 60);
  const picture = s("svg", { width: end, height: HEIGHT, viewBox: `0 0 ${end} ${HEIGHT}`, role: "group", "aria-label": `${known.length} dated events from ${known[0]?.event.spelled ?? ""} to ${known.at(-1)?.event.spelled ?? ""}` });
  picture.append(s("line", { x1: 30, x2: end - 30, y1: 48, y2: 48 }));
  let labelled = [-Infinity, -Infinity];
  known.forEach(({ event, i }, n) => {
    const x = places[n];
    const title = s("title", {});
    title.textContent = `${event.spelled}: ${event.line.words}`;
    const link = s("a", { href: `#${target(i)}`, "aria-label": `${event.spelled}: ${event.line.words}`.slice(0, 200), class: event.basis === "stated" ? "stated" : "inferred" }, title, s("circle", { cx: x, cy: 48, r: 8 }));
    link.addEventListener("click", (clicked) => {
      clicked.preventDefault();
      const item = document.getElementById(target(i));
      item?.scrollIntoView({ block: "center" });
      item?.focus();
    });
    picture.append(link);
    const row = labelled[0] < labelled[1] ? 0 : 1;
    if (x - labelled[row] > 96) {
      const label = s("text", { x, y: row ? 84 : 24, "text-anchor": "middle" });
      label.textContent = event.spelled;
      picture.append(label);
      labelled[row] = x;
    }
  });
  return picture;
}
