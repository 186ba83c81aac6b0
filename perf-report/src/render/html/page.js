// The page: rows that sort, filter and are searched, of which only those in sight are
// made, and the details of one case. Texts are set as text, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const details = document.getElementsByClassName("d");
const at = (id) => document.getElementById(id);
const [VERDICT, DETAIL, ID, ALSO, CELLS] = [0, 1, 2, 3, 4];

const state = { rows: [], sort: 0, down: false, verdicts: new Set(), words: [], active: -1, open: -1, drawn: [0, 0] };
const haystack = data.rows.map((row) => (row[ID] + " " + row[ALSO]).toLowerCase());
const firstOf = new Map();
data.rows.forEach((row) => { if (!firstOf.has(row[ID])) firstOf.set(row[ID], row[DETAIL]); });

/** What a row is sorted by in a column. */
function key(row, column) {
  if (column === 0) return -row[VERDICT];
  if (column === 1) return row[ID];
  const cell = row[CELLS][column - 2];
  return Array.isArray(cell) ? cell[0] : cell;
}

function choose() {
  const wanted = state.verdicts, words = state.words;
  const places = [];
  data.rows.forEach((row, place) => {
    if (wanted.size && !wanted.has(row[VERDICT])) return;
    if (words.every((word) => haystack[place].includes(word))) places.push(place);
  });
  if (state.sort !== null) {
    const keys = new Map(places.map((place) => [place, key(data.rows[place], state.sort)]));
    const none = (one) => one === null || one === undefined || one === "";
    places.sort((a, b) => {
      const [one, other] = [keys.get(a), keys.get(b)];
      // What has no value stands last, whichever way.
      if (none(one) || none(other)) return none(one) - none(other) || a - b;
      const order = typeof one === "string" ? (one < other ? -1 : one > other ? 1 : 0) : one - other;
      return (state.down ? -order : order) || a - b;
    });
  }
  const active = state.rows[state.active];
  state.rows = places;
  state.active = places.indexOf(active);
  const all = data.rows.length;
  at("shown").textContent = places.length === all ? "" : `${count(places.length)} of ${count(all)}`;
  at("grid").setAttribute("aria-rowcount", places.length + 1);
  refresh(true);
}

function cell(column, value) {
  const node = el("span", `cell ${column.kind} p${column.rank}`);
  node.setAttribute("role", "gridcell");
  if (value === null || value === undefined) { node.classList.add("narrow0"); return node; }
  switch (column.kind) {
    case "share": node.append(shareBar(value[0], value[2]), el("span", "", `${value[1]} ${show("share", value[0])}`)); break;
    case "trend": node.append(spark(value.slice(1)), show("change", value[0])); break;
    case "figure": case "interval": node.append(value[1]); break;
    case "text": node.append(value); break;
    default: node.append(show(column.kind, value));
  }
  if (column.rank > 0) node.classList.add("narrow0");
  node.title = node.textContent;
  return node;
}

function rowOf(place, index, height) {
  const row = data.rows[place];
  const node = el("div", "row" + (index === state.active ? " on" : ""));
  node.setAttribute("role", "row");
  node.setAttribute("aria-rowindex", index + 2);
  node.id = "row" + index;
  node.style.top = index * height + "px";
  const first = el("span", "cell verdict p0", verdict(row[VERDICT]));
  // The end of a name says more than its beginning.
  const end = row[ID].lastIndexOf("::") + 1;
  const cut = end > 0 ? end + 1 : 0;
  const name = el("span", "cell name p0", el("span", "", row[ID].slice(0, cut)), el("span", "", row[ID].slice(cut)));
  name.title = row[ID];
  for (const one of [first, name]) one.setAttribute("role", "gridcell");
  node.append(first, name, ...data.columns.map((column, n) => cell(column, row[CELLS][n])));
  node.addEventListener("click", () => { select(index); openRow(index); });
  return node;
}

const narrow = matchMedia("(max-width: 46rem)");
const heightOfRow = () => parseFloat(getComputedStyle(document.documentElement).fontSize) * (narrow.matches ? 3.6 : 2.4);

/** Makes the rows in sight, and some above and below. */
function refresh(anew) {
  const body = at("body"), height = heightOfRow();
  const top = body.getBoundingClientRect().top;
  const from = Math.max(0, Math.floor(-top / height) - 12);
  const to = Math.min(state.rows.length, Math.ceil((innerHeight - top) / height) + 12);
  if (!anew && from >= state.drawn[0] && to <= state.drawn[1]) return;
  const [first, last] = [Math.max(0, from - 12), Math.min(state.rows.length, to + 12)];
  state.drawn = [first, last];
  body.style.height = Math.max(1, state.rows.length) * height + "px";
  const rows = [];
  for (let index = first; index < last; index++) rows.push(rowOf(state.rows[index], index, height));
  body.replaceChildren(...rows);
  const active = state.active >= first && state.active < last;
  active ? at("grid").setAttribute("aria-activedescendant", "row" + state.active) : at("grid").removeAttribute("aria-activedescendant");
}

function select(index) {
  if (!state.rows.length) return;
  state.active = Math.max(0, Math.min(index, state.rows.length - 1));
  const height = heightOfRow();
  const top = at("body").getBoundingClientRect().top + state.active * height;
  if (top < height + 8) scrollBy(0, top - height - 8);
  else if (top + height > innerHeight) scrollBy(0, top + height - innerHeight + 8);
  refresh(true);
}

const hashOf = (id) => "#case=" + encodeURIComponent(id);

function openRow(index) {
  const row = data.rows[state.rows[index]];
  const hash = hashOf(row[ID]);
  if (location.hash === hash) openDetail(row[DETAIL]);
  else { address(hash); openDetail(row[DETAIL]); }
}

/** What stands in the address bar. Not every viewer lets a page write its history. */
function address(hash) {
  try { history.pushState(null, "", hash); } catch { location.hash = hash; }
}

function followHash() {
  const found = /^#case=(.*)$/s.exec(location.hash);
  if (!found) return close();
  let id;
  try { id = decodeURIComponent(found[1]); } catch { return; }
  if (!firstOf.has(id)) return;
  const index = state.rows.findIndex((place) => data.rows[place][ID] === id);
  if (index >= 0 && data.rows[state.rows[state.active]]?.[ID] !== id) select(index);
  openDetail(firstOf.get(id));
}

function close() {
  if (state.open < 0) return;
  state.open = -1;
  at("detail").hidden = true;
  document.body.classList.remove("open");
  drawings.length = 0;
  at("grid").focus({ preventScroll: true });
  refresh(true);
}

/** Charts that are drawn again when their width changes. */
const drawings = [];

function figureOf(chart, one) {
  const place = el("div"), caption = el("figcaption");
  let rest = "";
  const say = (text, stays) => { if (stays) rest = text; caption.textContent = text; };
  const redraw = () => { rest = ""; caption.textContent = ""; place.replaceChildren(chart(one, Math.max(280, place.clientWidth), say)); };
  place.addEventListener("pointerleave", () => say(rest));
  drawings.push(redraw);
  return el("figure", "", place, caption);
}

function tableOf(one) {
  const table = el("table", one.columns.length ? "" : "words");
  if (one.columns.length) table.append(el("thead", "", el("tr", "", ...one.columns.map((head) => el("th", "", head)))));
  table.append(el("tbody", "", ...one.rows.map((row) => el("tr", "", ...row.map((text) => el("td", "", text))))));
  return el("div", "wide", table);
}

function keysOf(sides) {
  if (sides.length < 2) return "";
  const line = el("p", "note");
  sides.forEach((side, place) => line.append(el("span", "key key" + place), side.name));
  return line;
}

/** The history in numbers: names of runs from their table. */
function pastOf(one) {
  const full = (column) => (Array.isArray(column) ? column : one.runs.map(() => column));
  const names = one.runs.map((run) => data.runs[run].join(" "));
  const verdicts = full(one.verdicts);
  const unit = el("div");
  const buttons = one.figures.map((figure, place) => {
    const button = el("button", "", figure.metric);
    button.type = "button";
    button.addEventListener("click", () => pick(place));
    return button;
  });
  let drawn = null;
  const pick = (place) => {
    buttons.forEach((button, n) => button.setAttribute("aria-pressed", n === place));
    const figure = one.figures[place];
    const values = full(figure.values);
    const kept = drawn ? drawings.indexOf(drawn) : -1;
    if (kept >= 0) drawings.splice(kept, 1);
    const node = figureOf(overRuns, { ...figure, values, names, verdicts });
    drawn = drawings[drawings.length - 1];
    unit.replaceChildren(node, ...figure.said.map((text) => el("p", "note", text)));
    if (unit.isConnected) drawn();
  };
  pick(0);
  return [buttons.length > 1 ? el("p", "note tiles", ...buttons) : "", unit];
}

const SECTIONS = {
  text: (one) => one.lines.map((line) => el(one.pre ? "pre" : "p", one.pre ? "" : "note", line)),
  limits: (one) => one.items.map((item) => {
    const node = el("div", "limit", verdict(item.verdict), " ", item.sentence);
    if (item.lines.length) node.append(el("ul", "", ...item.lines.map((line) => el("li", "", line))));
    return node;
  }),
  table: (one) => [tableOf(one)],
  picture: (one) => {
    const picture = el("img", "picture");
    picture.alt = one.head;
    // As a picture, no script and no link of it is alive.
    picture.src = "data:image/svg+xml," + encodeURIComponent(one.svg);
    return [picture];
  },
  times: (one) => [keysOf(one.sides), figureOf(distribution, one), el("h3", "", "Quantiles"), figureOf(quantiles, one)],
  timeline: (one) => [figureOf(timeline, one)],
  growth: (one) => [figureOf(growth, one)],
  intervals: (one) => [figureOf(intervals, one)],
  history: (one) => pastOf(one),
};

function openDetail(place) {
  const one = JSON.parse(details[place].textContent);
  const panel = at("detail");
  const wasOpen = state.open >= 0;
  state.open = place;
  drawings.length = 0;
  const closing = el("button", "", "close");
  closing.type = "button";
  closing.addEventListener("click", leave);
  const head = el("h2", "name", one.id);
  head.id = "detail-head";
  panel.replaceChildren(el("div", "top", verdict(one.verdict), head, closing), el("p", "facts", one.facts.join(" · ")));
  for (const section of one.sections) {
    if (section.head) panel.append(el("h3", "", section.head));
    if (section.note) panel.append(el("p", "note", section.note));
    panel.append(...SECTIONS[section.kind](section));
  }
  panel.hidden = false;
  panel.scrollTop = 0;
  document.body.classList.add("open");
  [...drawings].forEach((redraw) => redraw());
  if (!wasOpen) { panel.focus({ preventScroll: true }); refresh(true); }
}

function leave() {
  address("#");
  close();
}

function head() {
  const columns = [{ head: "verdict", kind: "verdict", rank: 0 }, { head: data.noun, kind: "name", rank: 0 }, ...data.columns];
  at("head").replaceChildren(...columns.map((column, place) => {
    const button = el("button", "", column.head);
    button.type = "button";
    const node = el("span", `cell ${column.kind} p${column.rank}`, button);
    node.setAttribute("role", "columnheader");
    node.setAttribute("aria-sort", state.sort !== place ? "none" : state.down ? "descending" : "ascending");
    button.addEventListener("click", () => {
      const words = column.kind === "name" || column.kind === "text" || column.kind === "verdict";
      // Numbers are first sorted from the greatest.
      state.down = state.sort === place ? !state.down : !words;
      state.sort = place;
      head();
      choose();
      at("head").children[place].firstChild.focus();
    });
    return node;
  }));
}

function listen() {
  for (const tile of document.querySelectorAll(".tile")) {
    const place = WORDS.indexOf(tile.dataset.verdict);
    tile.title = "shows only cases whose worst limit is this";
    tile.disabled = tile.classList.contains("none");
    tile.setAttribute("aria-pressed", false);
    tile.addEventListener("click", () => {
      state.verdicts.has(place) ? state.verdicts.delete(place) : state.verdicts.add(place);
      tile.setAttribute("aria-pressed", state.verdicts.has(place));
      choose();
    });
  }
  at("search").addEventListener("input", (event) => {
    state.words = event.target.value.toLowerCase().split(/\s+/).filter((word) => word);
    choose();
  });
  addEventListener("scroll", () => refresh(false), { passive: true });
  addEventListener("resize", () => { refresh(true); [...drawings].forEach((redraw) => redraw()); });
  addEventListener("hashchange", followHash);
  addEventListener("popstate", followHash);
  addEventListener("keydown", pressed);
}

function pressed(event) {
  const typing = event.target === at("search");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const page = Math.max(1, Math.floor(innerHeight / heightOfRow()) - 2);
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
  if (event.key === "/" && !typing) { at("search").focus(); at("search").select(); }
  else if (event.key === "Escape") {
    if (typing && at("search").value) { at("search").value = ""; state.words = []; choose(); }
    else if (state.open >= 0) leave();
    else return;
  } else if (event.key in steps && (event.target === at("grid") || (typing && event.key === "ArrowDown") || (state.open >= 0 && event.key.startsWith("Arrow")))) {
    if (typing) at("grid").focus({ preventScroll: true });
    select(state.active + steps[event.key]);
    // With a case open, the arrows go through the cases.
    if (state.open >= 0) openRow(state.active);
  } else if (event.key === "Enter" && event.target === at("grid") && state.active >= 0) openRow(state.active);
  else return;
  event.preventDefault();
}

/** Light or dark: as the system has it, until somebody says otherwise. */
function themes() {
  const root = document.documentElement, button = at("theme");
  const stored = { get() { try { return localStorage.getItem("perf-theme"); } catch { return null; } }, set(value) { try { localStorage.setItem("perf-theme", value); } catch { /* A file may have no storage. */ } } };
  const current = () => root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const said = stored.get();
  if (said === "dark" || said === "light") root.dataset.theme = said;
  const label = () => { button.textContent = current() === "dark" ? "light" : "dark"; button.setAttribute("aria-label", `use ${button.textContent} colours`); };
  button.addEventListener("click", () => { root.dataset.theme = current() === "dark" ? "light" : "dark"; stored.set(root.dataset.theme); label(); });
  button.hidden = false;
  label();
}

themes();
listen();
head();
at("cases").hidden = false;
choose();
followHash();
document.documentElement.dataset.ready = "yes";
