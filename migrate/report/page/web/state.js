// What is shown, and the one place where it changes: selection, hover, filters, search.

const PAGE = JSON.parse(document.getElementById("data").textContent);
const MODEL = PAGE.model;
const CALLS = MODEL ? MODEL.calls : [];

/** How calls are said in the target, from the plainest to what asks for a person. */
const OUTCOMES = [
  ["1:1", "mapped 1:1", "one operator of the target, which says the same"],
  ["adapted", "adapted", "the target's own operator; operands or result brought into its form"],
  ["expanded", "expanded", "several operators, or none"],
  ["sizes", "sizes", "an expression over sizes"],
  ["library", "library call", "a function of a library"],
  ["call_tir", "call_tir", "a tensor program"],
  ["opaque", "opaque", "nobody knows the operator; a stub stands in its place"],
  ["refused", "refused", "it cannot be said; a stub stands in its place"],
  ["left out", "left out", "its function is left out, or nothing uses its value"],
];
const VERDICTS = [
  ["exact", "exact", "equal bit for bit on the reference's own inputs"],
  ["within bound", "within bound", "what rounding of this one operator explains"],
  ["different", "different", "wrong although its inputs are right"],
  ["not compared", "inconclusive", "nothing on the right stands for it, or only what reads wrong values"],
];
const ASKS = new Set(["refused", "opaque", "left out"]);
const LABELS = Object.fromEntries([...OUTCOMES, ...VERDICTS].map(([key, label]) => [key, label]));

const state = { selected: -1, fold: -1, hovered: -1, query: "", outcomes: new Set(), verdicts: new Set(), colour: "outcome" };
const listeners = {};

function on(event, listener) {
  (listeners[event] ??= []).push(listener);
}

function emit(event, ...args) {
  for (const listener of listeners[event] ?? []) listener(...args);
}

function select(call, from = "") {
  if (call === state.selected && state.fold < 0) return;
  state.selected = call;
  state.fold = -1;
  emit("select", call, from);
}

function hover(call) {
  if (call === state.hovered) return;
  state.hovered = call;
  emit("hover", call);
}

function isFiltered() {
  return state.outcomes.size > 0 || state.verdicts.size > 0;
}

/** Whether a call passes the filters. */
function passes(call) {
  const row = CALLS[call];
  return (
    (!state.outcomes.size || state.outcomes.has(row.outcome)) &&
    (!state.verdicts.size || state.verdicts.has(row.verdict ?? "not compared"))
  );
}

/** The class that colours what is said in a word. */
function toneOf(word) {
  return "t-" + word.replace(/[^a-z0-9]+/g, "-");
}

/** The class that colours a call. */
function tone(row) {
  return toneOf((state.colour === "verdict" ? row.verdict : row.outcome) || "unknown");
}

const STATUSES = ["ported", "superseded", "bridged", "refused", "pending"];
const TONES = [...OUTCOMES.map(([key]) => key), ...VERDICTS.map(([key]) => key), ...STATUSES, "call", "unknown", "relax"].map(toneOf);

/** A colour of the style sheet, as canvases take it; `share` mixes it into the page's. */
const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);
function channels(name) {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
}

function colourOf(name, share = 1) {
  const page = channels("page");
  return `rgb(${channels(name).map((value, n) => Math.round(value * share + page[n] * (1 - share))).join(", ")})`;
}

function short(op) {
  return op.replace(/^relax\./, "");
}

function number(value) {
  if (value === undefined || value === null) return "–";
  const given = Number(value);
  if (!Number.isFinite(given)) return String(value);
  if (given === 0) return "0";
  return Math.abs(given) >= 1e-3 && Math.abs(given) < 1e5 ? String(+given.toPrecision(3)) : given.toExponential(2);
}

function count(n, one, many = one + "s") {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

/** An element: el("td.number", {title: "…"}, "text", child). Text is text: nothing is read as HTML. */
function el(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const made = document.createElement(tag || "div");
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const NUMERIC = new Set(["call", "calls", "error", "bound", "error ÷ bound", "largest difference", "admitted", "scale"]);
function heading(name) {
  return el(NUMERIC.has(name) ? "th.right" : "th", { scope: "col" }, name);
}

function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/** A call in one sentence, for the status line and screen readers. */
function sentence(call) {
  const row = CALLS[call];
  const said = row.relax.length ? ` → ${row.relax.map(short).join(", ")}` : "";
  const outcome = row.outcome ? ` · ${LABELS[row.outcome] ?? row.outcome}` : "";
  const verdict = row.verdict ? ` · ${LABELS[row.verdict]}${row.ratio ? `, ${number(row.ratio)} × bound` : ""}` : "";
  return `${row.op}${said}${outcome}${verdict}`;
}
