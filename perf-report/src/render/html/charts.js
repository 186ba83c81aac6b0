// Charts: numbers in, SVG elements out. No text of a record is ever read as markup:
// elements are made by name, and texts are set as text.
"use strict";

const WORDS = ["pass", "waived", "warn", "undecided", "unmeasured", "fail"];
const SYMBOLS = ["✓", "◇", "▲", "?", "○", "✕"];

/** An HTML element with a class, and texts or elements inside. */
function el(name, className, ...inside) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...inside);
  return node;
}

/** An SVG element with attributes, and texts or elements inside. */
function draw(name, attributes, ...inside) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  node.append(...inside);
  return node;
}

function verdict(place) {
  return el("span", "v v-" + WORDS[place], SYMBOLS[place] + " " + WORDS[place]);
}

/** Three significant digits, without zeros at the end, as the command line prints them. */
function digits(value) {
  const size = Math.abs(value);
  const decimals = size === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
  const text = value.toFixed(decimals);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

const SCALES = {
  ns: [["ns", 1, 1], ["µs", 1e3, 1e3], ["ms", 1e6, 1e6], ["s", 1e9, 1e9], ["min", 600e9, 60e9]],
  bytes: [["B", 1, 1], ["KB", 1e3, 1e3], ["MB", 1e6, 1e6], ["GB", 1e9, 1e9]],
};

function count(value) {
  if (!Number.isInteger(value)) return digits(value);
  return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A value with its unit: ns, bytes, share, change or count. */
function show(unit, value) {
  if (value === null || value === undefined) return "";
  if (unit === "share") return value > 0 && value < 0.005 ? "<1 %" : count(Math.round(value * 100)) + " %";
  if (unit === "change") return change(value);
  const scales = SCALES[unit];
  if (!scales) return count(value);
  const size = Math.abs(value);
  const [name, , scale] = scales.findLast(([, from]) => size >= from * 0.9995) || scales[0];
  return digits(value / scale) + " " + name;
}

/** A ratio as a change: `+12 %`. */
function change(ratio) {
  const percent = (ratio - 1) * 100;
  const size = Math.abs(percent);
  const text = size >= 9.95 ? size.toFixed(0) : size.toFixed(1).replace(/\.0$/, "");
  return (text === "0" ? "±" : percent < 0 ? "−" : "+") + text + " %";
}

/** A scale from values to pixels: straight, or by logarithms where values span decades. */
function scale(low, high, from, to) {
  const log = low > 0 && high / low > 8;
  if (!(high > low)) { high = low + Math.max(Math.abs(low) * 0.05, 1); }
  const at = log ? Math.log : (value) => value;
  const span = at(high) - at(low);
  const of = (value) => from + ((at(Math.max(value, log ? low * 1e-9 : -Infinity)) - at(low)) / span) * (to - from);
  return { of, low, high, log, from, to };
}

/** Values of an axis that read well. */
function ticks({ low, high, log }, most) {
  const found = [];
  if (log) {
    const decades = Math.log10(high / low);
    const steps = decades > most ? [1] : decades > most / 2.5 ? [1, 3] : [1, 2, 5];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
      for (const step of steps) found.push(step * 10 ** power);
  } else {
    const raw = (high - low) / most;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].find((one) => one * power >= raw) * power;
    for (let n = Math.ceil(low / step); n * step <= high; n++) found.push(n * step);
  }
  const inside = found.filter((value) => value >= low * 0.999 && value <= high * 1.001);
  return inside.length > 1 ? inside : [low, high];
}

/** The frame of a chart: labelled axes, room for marks above. */
function frame(width, height, label) {
  const svg = draw("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  return { svg, width, height, left: 58, right: width - 14, top: 22, bottom: height - 24 };
}

function axisX(box, x, unit) {
  box.svg.append(draw("line", { class: "axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }));
  let free = -Infinity;
  for (const value of ticks(x, Math.max(2, Math.floor((box.right - box.left) / 90)))) {
    const at = x.of(value);
    if (at < free) continue;
    free = at + 52;
    box.svg.append(
      draw("line", { class: "axis", x1: at, x2: at, y1: box.bottom, y2: box.bottom + 4 }),
      draw("text", { x: Math.min(at, box.right - 8), y: box.bottom + 17, "text-anchor": "middle" }, show(unit, value)),
    );
  }
}

function axisY(box, y, unit) {
  let free = Infinity;
  for (const value of ticks(y, 4)) {
    const at = y.of(value);
    if (at > free) continue;
    free = at - 14;
    box.svg.append(
      draw("line", { class: "axis", x1: box.left, x2: box.right, y1: at, y2: at }),
      draw("text", { x: box.left - 6, y: at + 4, "text-anchor": "end" }, show(unit, value)),
    );
  }
}

/** A zone that says what lies under the pointer. */
function zone(box, x, width, text, say) {
  const node = draw("rect", { class: "zone", x, y: box.top, width: Math.max(width, 1), height: box.bottom - box.top });
  node.addEventListener("pointerenter", () => say(text));
  box.svg.append(node);
}

/** What an axis has to show: the data, and limits that are not far away from it. */
function reach(low, high, marks) {
  for (const mark of marks) {
    if (mark.value > high && mark.value <= high * 3) high = mark.value * 1.04;
    if (mark.value < low && mark.value >= low / 3) low = mark.value / 1.04;
  }
  return [low, high];
}

/** Limits across the axis of values; those that lie outside point there. */
function marksX(box, x, marks) {
  const ends = [];
  for (const mark of [...marks].sort((a, b) => a.value - b.value)) {
    const outside = mark.value > x.high ? 1 : mark.value < x.low ? -1 : 0;
    const at = outside > 0 ? box.right : outside < 0 ? box.left : x.of(mark.value);
    const text = mark.label + " " + show("ns", mark.value) + (outside > 0 ? " →" : outside < 0 ? " ←" : "");
    let row = ends.findIndex((end) => at - text.length * 6.2 > end);
    const anchor = at - text.length * 6.2 > box.left ? "end" : "start";
    if (row < 0) row = ends.push(0) - 1;
    ends[row] = at;
    const y = box.top - 8 - 13 * row;
    if (!outside) box.svg.append(draw("line", { class: "mark m-" + WORDS[mark.verdict], x1: at, x2: at, y1: y + 3, y2: box.bottom }));
    box.svg.append(draw("text", { class: "f-" + WORDS[mark.verdict], x: anchor === "end" ? at - 2 : at + 2, y, "text-anchor": anchor }, text));
  }
}

/** Limits across a chart whose values go up. */
function marksY(box, y, marks) {
  for (const mark of marks) {
    const outside = mark.value > y.high ? "↑" : mark.value < y.low ? "↓" : "";
    const at = outside === "↑" ? box.top - 8 : outside ? box.bottom - 2 : y.of(mark.value);
    if (!outside) box.svg.append(draw("line", { class: "mark m-" + WORDS[mark.verdict], x1: box.left, x2: box.right, y1: at, y2: at }));
    box.svg.append(draw("text", { class: "f-" + WORDS[mark.verdict], x: box.right, y: at - 4, "text-anchor": "end" }, `${mark.label} ${show("ns", mark.value)} ${outside}`.trim()));
  }
}

/** The bins of a side: flat pairs of lower edge and count, made into edges and shares. */
function bins(side) {
  const found = [];
  let total = 0;
  for (let n = 0; n < side.bins.length; n += 2) total += side.bins[n + 1];
  let below = 0;
  for (let n = 0; n < side.bins.length; n += 2) {
    const low = side.bins[n], number = side.bins[n + 1];
    const next = n + 2 < side.bins.length ? side.bins[n + 2] : Math.max(side.max, low);
    found.push({ low, high: next, number, share: number / total, from: below / total, to: (below + number) / total });
    below += number;
  }
  return found;
}

/** The end of the axis of a distribution: the slowest calls of a long tail are named, not drawn. */
function tail(all) {
  const most = Math.max(...all.map((side) => side[side.length - 1].high));
  const body = Math.max(...all.map((side) => (side.find((bin) => bin.to >= 0.99) || side[side.length - 1]).high));
  return most > body * 3 ? body * 1.4 : most;
}

/** How often calls took how long, with the limits drawn in. */
function distribution(data, width, say) {
  const all = data.sides.map(bins);
  const low = Math.min(...all.map((side) => side[0].low));
  const [from, to] = reach(low, tail(all), data.marks);
  const rows = Math.max(1, data.marks.length);
  const box = frame(width, 170 + 13 * rows, "Distribution of the times of calls");
  box.top += 13 * (rows - 1);
  if (data.sides.length > 1) box.svg.classList.add("pair");
  const x = scale(from, to, box.left, box.right);
  // Bars of equal width on the axis that is drawn, whatever the bins are.
  const bars = Math.max(24, Math.min(64, Math.floor((box.right - box.left) / 9)));
  const heights = all.map((side) => {
    const sums = new Array(bars).fill(0);
    for (const bin of side) {
      const a = ((x.of(Math.max(bin.low, from)) - box.left) / (box.right - box.left)) * bars;
      const b = Math.max(((x.of(Math.max(bin.high, from)) - box.left) / (box.right - box.left)) * bars, a + 1e-6);
      for (let n = Math.max(0, Math.floor(a)); n <= Math.floor(b) && n < bars; n++)
        sums[n] += bin.share * (Math.max(0, Math.min(b, n + 1) - Math.max(a, n)) / (b - a));
    }
    return sums;
  });
  const highest = Math.max(...heights.flat());
  const y = (share) => box.bottom - (share / highest) * (box.bottom - box.top - 4);
  const step = (box.right - box.left) / bars;
  heights.forEach((sums, place) => sums.forEach((share, n) => {
    if (share > 0) {
      const top = Math.min(y(share), box.bottom - 1.5);
      box.svg.append(draw("rect", { class: "bar" + place, x: box.left + n * step + 0.5, y: top, width: step - 1, height: box.bottom - top }));
    }
  }));
  axisX(box, x, "ns");
  marksX(box, x, data.marks);
  const invert = (n) => (x.log ? from * (to / from) ** (n / bars) : from + ((to - from) * n) / bars);
  for (let n = 0; n < bars; n++) {
    const shares = heights.map((sums, place) => (data.sides.length > 1 ? data.sides[place].name + " " : "") + digits(sums[n] * 100) + " % of calls");
    zone(box, box.left + n * step, step, `${show("ns", invert(n))} to ${show("ns", invert(n + 1))}: ${shares.join(", ")}`, say);
  }
  const beyond = all.map((side) => side.reduce((sum, bin) => sum + (bin.low > to ? bin.number : 0), 0));
  say(beyond.some((number) => number > 0) ? `${beyond.map(count).join(" and ")} slower, up to ${show("ns", Math.max(...data.sides.map((side) => side.max)))}, not drawn` : "", true);
  return box.svg;
}

/** The time at each quantile, the slowest tenth of each part as wide as the part before. */
function quantiles(data, width, say) {
  const all = data.sides.map(bins);
  const most = Math.max(...data.sides.map((side) => side.max));
  const [low, high] = reach(Math.min(...all.map((side) => side[0].low)), most, data.marks.filter((mark) => mark.q !== null));
  const box = frame(width, 190, "Time of a call at each quantile");
  const y = scale(low, high, box.bottom, box.top);
  // 0, 90 %, 99 %, 99.9 % .. as far as there are calls.
  const calls = Math.max(...all.map((side) => side.reduce((sum, bin) => sum + bin.number, 0)));
  const nines = Math.max(1, Math.min(6, Math.log10(calls)));
  const x = (q) => box.left + (Math.min(-Math.log10(Math.max(1 - q, 1e-12)), nines) / nines) * (box.right - box.left);
  axisY(box, y, "ns");
  const named = [[0, "min"], [0.5, "p50"], [0.9, "p90"], [0.99, "p99"], [0.999, "p99.9"], [0.9999, "p99.99"], [0.99999, "p99.999"]];
  for (const [q, name] of named.filter(([q]) => -Math.log10(1 - q) <= nines))
    box.svg.append(draw("text", { x: x(q), y: box.bottom + 17, "text-anchor": "middle" }, name));
  all.forEach((side, place) => {
    let path = `M${x(0)},${y.of(side[0].low)}`;
    for (const bin of side) path += `L${x(bin.to).toFixed(1)},${y.of(bin.high).toFixed(1)}`;
    box.svg.append(draw("path", { class: "line" + place, d: path }));
  });
  for (const mark of data.marks.filter((mark) => mark.q !== null && mark.value <= y.high && mark.value >= y.low)) {
    const at = x(mark.q), up = y.of(mark.value);
    box.svg.append(draw("path", { class: "mark m-" + WORDS[mark.verdict], d: `M${at - 22},${up}H${at + 22}M${at},${up - 5}V${up + 5}` }),
      draw("text", { class: "f-" + WORDS[mark.verdict], x: Math.min(at + 22, box.right), y: up - 6, "text-anchor": "end" }, mark.label + " " + show("ns", mark.value)));
  }
  const zones = 48;
  for (let n = 0; n < zones; n++) {
    const q = 1 - 10 ** ((-(n + 0.5) / zones) * nines);
    const values = all.map((side, place) => (all.length > 1 ? data.sides[place].name + " " : "") + show("ns", (side.find((bin) => bin.to >= q) || side[side.length - 1]).high));
    zone(box, box.left + (n / zones) * (box.right - box.left), (box.right - box.left) / zones, `p${digits(q * 100)}: ${values.join(", ")}`, say);
  }
  return box.svg;
}

/** The times of calls in order: the median as a line, least to greatest as a band. */
function timeline(data, width, say) {
  const points = [];
  let before = 0;
  for (let n = 0; n < data.points.length; n += 5) {
    const [at, units, min, mid, max] = data.points.slice(n, n + 5);
    points.push({ at, units, from: before, to: before + units, min, mid, max });
    before += units;
  }
  const mids = points.map((point) => point.mid).sort((a, b) => a - b);
  const middle = mids[mids.length >> 1];
  // One slow call must not flatten all others: what is far above is cut, and marked.
  const most = Math.max(...points.map((point) => point.max));
  const cut = Math.min(most, Math.max(middle * 8, mids[mids.length - 1] * 1.5));
  const [low, high] = reach(Math.min(...points.map((point) => point.min)), cut, data.marks);
  const box = frame(width, 180, "Times of calls in the order in which they were made");
  const y = scale(low, high, box.bottom, box.top);
  const x = scale(0, before, box.left, box.right);
  x.log = false;
  axisY(box, y, "ns");
  axisX(box, { ...x, log: false, low: 0, high: before }, "count");
  let top = "", bottom = "", line = "";
  for (const point of points) {
    const [a, b] = [x.of(point.from).toFixed(1), x.of(point.to).toFixed(1)];
    const up = y.of(Math.min(point.max, y.high)).toFixed(1);
    top += `L${a},${up}L${b},${up}`;
    bottom = `L${b},${y.of(point.min).toFixed(1)}L${a},${y.of(point.min).toFixed(1)}` + bottom;
    line += `${line ? "L" : "M"}${a},${y.of(point.mid).toFixed(1)}H${b}`;
  }
  box.svg.append(draw("path", { class: "band", d: "M" + (top + bottom).slice(1) + "Z" }), draw("path", { class: "line0", d: line }));
  for (const point of points.filter((point) => point.max > y.high))
    box.svg.append(draw("path", { class: "dot", d: `M${x.of((point.from + point.to) / 2)},${box.top - 8}l3.5,6h-7z` }));
  marksY(box, y, data.marks);
  for (const point of points)
    zone(box, x.of(point.from), x.of(point.to) - x.of(point.from),
      `${data.unit} ${count(point.from + 1)} to ${count(point.to)}, after ${show("ns", point.at)}: min ${show("ns", point.min)}, median ${show("ns", point.mid)}, max ${show("ns", point.max)}`, say);
  return box.svg;
}

/** A figure run by run, with the levels between its changes. */
function overRuns(data, width, say) {
  const points = data.values.map((value, n) => ({ n, value })).filter((point) => point.value !== null);
  const values = points.map((point) => point.value);
  let [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low) * 0.08 || Math.abs(high) * 0.05 || 1;
  [low, high] = [low - room, high + room];
  const box = frame(width, 170, data.metric + " over the runs");
  const y = scale(low, high, box.bottom, box.top);
  const step = (box.right - box.left) / data.values.length;
  const x = (n) => box.left + (n + 0.5) * step;
  axisY(box, { ...y, log: false }, data.unit);
  const path = points.map((point) => `${x(point.n).toFixed(1)},${y.of(point.value).toFixed(1)}`).join("L");
  box.svg.append(draw("path", { class: "line0", d: "M" + path }));
  for (const point of points)
    box.svg.append(draw("circle", { class: data.verdicts[point.n] === 5 ? "mark m-fail" : "dot", cx: x(point.n), cy: y.of(point.value), r: Math.min(3, step / 3 + 0.5) }));
  for (const one of data.changes) {
    const at = box.left + one.at * step;
    box.svg.append(draw("line", { class: "mark dash m-" + (one.worse ? "fail" : "pass"), x1: at, x2: at, y1: box.top - 4, y2: box.bottom }),
      draw("text", { class: "f-" + (one.worse ? "fail" : "pass"), x: at, y: box.top - 8, "text-anchor": at > width / 2 ? "end" : "start" }, one.label));
  }
  const ends = [[0, "start"], [data.values.length - 1, "end"]];
  for (const [n, anchor] of ends)
    box.svg.append(draw("text", { x: n ? box.right : box.left, y: box.bottom + 17, "text-anchor": anchor }, data.names[n]));
  data.values.forEach((value, n) => zone(box, box.left + n * step, step,
    `${data.names[n]}: ${value === null ? "no value" : show(data.unit, value)}, ${WORDS[data.verdicts[n]]}`, say));
  return box.svg;
}

/** Cost over an argument, both by logarithms. */
function growth(data, width, say) {
  const [ns, costs] = [data.points.map((point) => point[0]), data.points.map((point) => point[1])];
  const box = frame(width, 170, data.head);
  const decades = (values) => [Math.min(...values) / 1.3, Math.max(...values) * 1.3];
  const x = scale(...decades(ns), box.left, box.right), y = scale(...decades(costs), box.bottom, box.top);
  axisY(box, y, data.unit);
  axisX(box, x, "count");
  box.svg.append(draw("path", { class: "line0", d: "M" + data.points.map(([n, cost]) => `${x.of(n)},${y.of(cost)}`).join("L") }));
  for (const [n, cost] of data.points) {
    box.svg.append(draw("circle", { class: "dot", cx: x.of(n), cy: y.of(cost), r: 3.5 }));
    zone(box, x.of(n) - 12, 24, `${show(data.unit, cost)} at ${count(n)}`, say);
  }
  return box.svg;
}

/** Ratios of after to before with where they lie, and what is tolerated; or a dot a pair. */
function intervals(data, width, say) {
  const ends = data.items.flatMap((item) => [item.low, item.high, item.ratio, item.tolerated].filter((one) => one));
  const far = Math.min(9, Math.max(0.12, ...ends.map((ratio) => Math.abs(ratio - 1))) * 1.15);
  const box = frame(width, 40 + 30 * data.items.length, "Changes, and what is tolerated");
  box.left = Math.min(130, width / 3);
  const x = scale(Math.max(1 - far, 0.01), 1 + far, box.left, box.right);
  x.log = false;
  const straight = (ratio) => box.left + ((Math.max(1 - far, Math.min(1 + far, ratio)) - (1 - far)) / (2 * far)) * (box.right - box.left);
  box.svg.append(draw("line", { class: "mid", x1: straight(1), x2: straight(1), y1: box.top - 6, y2: box.bottom }));
  for (const ratio of [1 - far * 0.75, 1, 1 + far * 0.75])
    box.svg.append(draw("text", { x: straight(ratio), y: box.bottom + 17, "text-anchor": "middle" }, change(ratio)));
  data.items.forEach((item, n) => {
    const y = box.top + 12 + 30 * n;
    const word = WORDS[item.verdict];
    box.svg.append(draw("text", { class: "strong", x: 0, y: y + 4 }, item.label));
    if (item.tolerated) box.svg.append(draw("rect", { class: "rest", x: straight(2 - item.tolerated), y: y - 9, width: straight(item.tolerated) - straight(2 - item.tolerated), height: 18 }));
    for (const pair of item.pairs || []) box.svg.append(draw("circle", { class: "dot", cx: straight(pair), cy: y, r: 3 }));
    if (item.low) box.svg.append(draw("path", { class: "mark m-" + word, d: `M${straight(item.low)},${y - 5}v10M${straight(item.low)},${y}H${straight(item.high)}M${straight(item.high)},${y - 5}v10` }));
    if (item.ratio) box.svg.append(draw("circle", { class: "mark m-" + word, cx: straight(item.ratio), cy: y, r: 4 }));
    const zoneOf = draw("rect", { class: "zone", x: box.left, y: y - 14, width: box.right - box.left, height: 28 });
    zoneOf.addEventListener("pointerenter", () => say(item.text));
    box.svg.append(zoneOf);
  });
  return box.svg;
}

/** A bar of the share that is used of a limit; what is over it sticks out. */
function shareBar(share, place) {
  const svg = draw("svg", { width: 54, height: 10, "aria-hidden": "true" });
  svg.append(draw("rect", { class: "rest", x: 0, y: 1, width: 40, height: 8 }),
    draw("rect", { class: "used", x: 0, y: 1, width: Math.min(share, 1.3) * 40, height: 8 }),
    draw("line", { class: "mark m-" + WORDS[place], x1: 40, x2: 40, y1: 0, y2: 10 }));
  return svg;
}

/** A line of small numbers, 0 to 99. */
function spark(values) {
  const svg = draw("svg", { width: 64, height: 20, "aria-hidden": "true" });
  const path = values.map((value, n) => `${((n / Math.max(1, values.length - 1)) * 62 + 1).toFixed(1)},${(18 - value * 0.16).toFixed(1)}`);
  svg.append(draw("path", { class: "line0", d: "M" + path.join("L") }));
  return svg;
}
