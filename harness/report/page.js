"use strict";
const MOST_DRAWN = 100; // rows that a table draws until it is asked for all: layout is what costs time
const order = new Intl.Collator("en", { numeric: true });

const tables = [...document.querySelectorAll("table.sortable")].map((table) => ({
  table,
  section: table.closest(".target"),
  target: table.dataset.target,
  body: table.tBodies[0],
  rows: [...table.tBodies[0].rows].map((row) => ({ row, keys: new Map(), text: null })),
  all: false,
  more: null,
}));

const keyOf = (item, column) => {
  if (!item.keys.has(column)) {
    const cell = item.row.querySelector(`[data-column="${column}"]`);
    const text = cell && cell.dataset.sort !== undefined ? cell.dataset.sort : null;
    const number = text === null || text === "" ? Number.NaN : Number(text);
    item.keys.set(column, Number.isNaN(number) ? text : number);
  }
  return item.keys.get(column);
};
const compare = (a, b) =>
  typeof a === "number" && typeof b === "number" ? a - b : order.compare(String(a), String(b));

const filters = document.querySelector("#filters");
const chosen = () => {
  const values = new FormData(filters);
  const text = String(values.get("text") || "").trim().toLowerCase();
  const selects = [...filters.querySelectorAll("select")].filter((select) => select.value);
  return { words: text.split(/\s+/).filter(Boolean), selects };
};
const matches = (item, target, { words, selects }) => {
  if (item.text === null) item.text = `${item.row.textContent} ${target}`.toLowerCase();
  return (
    words.every((word) => item.text.includes(word)) &&
    selects.every(({ name, value }) => (name === "target" ? target : item.row.dataset[name]) === value)
  );
};

const draw = (part, wanted, everything = false) => {
  const found = part.rows.filter((item) => matches(item, part.target, wanted));
  const drawn = everything || part.all ? found : found.slice(0, MOST_DRAWN);
  part.body.replaceChildren(...drawn.map((item) => item.row));
  const filtered = wanted.words.length > 0 || wanted.selects.length > 0;
  part.section.hidden = filtered && found.length === 0;
  part.more.parentElement.hidden = drawn.length === found.length;
  part.more.textContent = `Show all ${found.length.toLocaleString("en")} rows`;
  return found.length;
};
const drawAll = (everything = false) => {
  const wanted = chosen();
  const found = tables.reduce((sum, part) => sum + draw(part, wanted, everything), 0);
  const total = tables.reduce((sum, part) => sum + part.rows.length, 0);
  const say = (number) => number.toLocaleString("en");
  const rows = total === 1 ? "1 row" : `${say(total)} rows`;
  filters.querySelector("output").textContent = found === total ? rows : `${say(found)} of ${rows}`;
};

for (const part of tables) {
  part.more = part.section.querySelector(".more button");
  part.more.addEventListener("click", () => {
    part.all = true;
    draw(part, chosen());
  });
  const heads = [...part.table.tHead.rows[0].cells];
  for (const head of heads) {
    head.querySelector("button").addEventListener("click", () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
      const key = (item) => keyOf(item, head.dataset.column);
      part.rows.sort((one, other) => {
        const [a, b] = [key(one), key(other)];
        if (a === null || b === null) return (a === null) - (b === null); // no figure: last
        return sign * compare(a, b);
      });
      draw(part, chosen());
    });
  }
}

const columnBoxes = [...filters.querySelectorAll("input[name=column]")];
const hiding = document.head.appendChild(document.createElement("style"));
const showColumns = () => {
  const hidden = columnBoxes.filter((box) => !box.checked).map((box) => box.value);
  hiding.textContent = hidden
    .map((column) => `.sortable [data-column="${column}"] { display: none; }`)
    .join("\n");
  for (const { rows } of tables) {
    for (const { row } of rows) {
      const problem = row.querySelector("td.problem");
      if (!problem) continue;
      const covered = problem.dataset.columns.split("|");
      const left = covered.filter((column) => !hidden.includes(column)).length;
      problem.colSpan = Math.max(1, left);
      problem.hidden = left === 0;
    }
  }
};

const opened = () => {
  const id = decodeURIComponent(location.hash.slice(1));
  if (!id) return;
  const part = tables.find(({ rows }) => rows.some(({ row }) => row.id === id));
  if (part && !document.getElementById(id)) {
    filters.reset();
    part.all = true;
    draw(part, { words: [], selects: [] });
  }
  const place = document.getElementById(id);
  if (!place) return;
  for (let outer = place; outer; outer = outer.parentElement) {
    if (outer.tagName === "DETAILS") outer.open = true;
  }
  place.scrollIntoView();
};
addEventListener("hashchange", opened);

let waiting = 0;
filters.addEventListener("input", (event) => {
  if (event.target.name === "column") return showColumns();
  clearTimeout(waiting);
  waiting = setTimeout(drawAll);
});
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", () => setTimeout(() => (showColumns(), drawAll())));
filters.hidden = tables.length === 0;
drawAll();
opened();

const tip = document.body.appendChild(document.createElement("div"));
tip.className = "tip";
tip.hidden = true;
const twins = (point) => {
  const cell = point.id.match(/-(\d+)$/)[1];
  return point.closest("svg").querySelectorAll(`.point[id$="-${cell}"]`);
};
const showTip = (point) => {
  for (const twin of twins(point)) twin.classList.add("lit");
  tip.textContent = point.getAttribute("aria-label");
  tip.hidden = false;
  const box = point.getBoundingClientRect();
  const left = box.left + box.width / 2 - tip.offsetWidth / 2;
  const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
  tip.style.left = `${scrollX + Math.max(8, Math.min(left, room))}px`;
  const above = box.top - tip.offsetHeight - 8;
  tip.style.top = `${scrollY + (above > 0 ? above : box.bottom + 8)}px`;
};
const hideTip = (point) => {
  for (const twin of twins(point)) twin.classList.remove("lit");
  tip.hidden = true;
};
for (const point of document.querySelectorAll(".point")) {
  const title = point.querySelector("title");
  if (title) title.remove(); // the browser's own tooltip would cover this one
  point.addEventListener("pointerenter", () => showTip(point));
  point.addEventListener("pointerleave", () => hideTip(point));
  point.addEventListener("focus", () => showTip(point));
  point.addEventListener("blur", () => hideTip(point));
}
addEventListener("keydown", (event) => {
  if (event.key === "Escape") tip.hidden = true;
});

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not(.columns)")) details.open = true;
  drawAll(true);
});
addEventListener("afterprint", () => drawAll());
