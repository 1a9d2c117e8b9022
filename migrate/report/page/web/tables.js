// What needs a look, and the operators in a table.

const SPAN_CALLS = new Map(); // by line and column, the call there
CALLS.forEach((row, call) => { if (row.at) SPAN_CALLS.set(`${row.at[0]}:${row.at[1]}`, call); });

function findingsOf(call) {
  const at = CALLS[call].at;
  if (!at || !MODEL.diagnostics.length) return [];
  return MODEL.diagnostics.filter((item) => item.span && item.span.line === at[0] && item.span.column === at[1]);
}

/** A diagnostic with its place, which is a link into the text. */
function finding(item) {
  const span = item.span;
  const place = span ? el("button.link", { type: "button", onclick: () => toLine(span.line, span.column) }, `${span.source}:${span.line}:${span.column}`) : null;
  return el(`article.finding.${item.severity}`, {},
    el("h3", {}, el("code", {}, item.code), ` ${item.title}`), el("p", {}, item.message), place ? el("p", {}, place) : null,
    span?.declared ? el("p.faint", {}, `came from ${span.declared}`) : null,
    item.hint ? el("p.hint", {}, el("b", {}, "What to do: "), item.hint) : null,
    item.notes.map((note) => el("p.faint", {}, note.message, note.span ? ` (${note.span.source}:${note.span.line})` : "")),
    MODEL.codes[item.code] ? el("details", {}, el("summary", {}, `About ${item.code}`), el("p", {}, MODEL.codes[item.code])) : null);
}

function toLine(line, column) {
  goTo("Compare");
  const call = SPAN_CALLS.get(`${line}:${column}`);
  if (call !== undefined) select(call, "finding");
  emit("line", line);
}

class FindingsView {
  constructor() {
    const parts = this.parts();
    this.number = parts.filter(([, , isNote]) => !isNote).reduce((sum, [, items]) => sum + items.length, 0);
    this.name = "Findings";
    this.root = el("div.view.page.findings", {},
      this.number ? null : el("p.empty", {}, "Nothing needs a look: every call and every function was converted, and nothing is assumed."),
      parts.filter(([, items]) => items.length).map(([title, items]) => el("section", {}, el("h2", {}, title, el("span.count", {}, String(items.length))), items)));
  }

  parts() {
    const card = (head, ...lines) => el("article.finding", {}, el("h3", {}, head), lines.filter(Boolean).map((line) => el("p", {}, line)));
    const places = (span) => (span ? el("button.link", { type: "button", onclick: () => toLine(...span.split(":").slice(-2).map(Number)) }, span) : null);
    const witness = MODEL.verdict?.witness;
    const functions = MODEL.functions.filter((row) => row.outcome !== "converted");
    return [
      ["First wrong operator", witness ? [el("article.finding.error", {}, el("h3", {}, witness.left), witness.right ? el("p", {}, `on the right: ${witness.right}`) : el("p", {}, "no value on the right matches its result"),
        witness.position ? el("p", {}, `at [${witness.position.join(", ")}]: expected ${witness.expected}, got ${witness.got}, ${number(witness.ratio)} times the bound`) : null, places(witness.span))] : []],
      ["Verdict", MODEL.verdict && !witness && ["different", "inconclusive"].includes(MODEL.verdict.outcome) ? [card(MODEL.verdict.outcome, MODEL.verdict.reason)] : []],
      ["Refusals and warnings", MODEL.diagnostics.map(finding)],
      ["Functions that are left out", functions.map((row) => card(`@${row.function}: ${row.outcome}`, row.reason, places(row.span)))],
      ["Compromises", MODEL.compromises.filter((text) => !text.startsWith("assumes ")).map((text) => card(text))],
      ["Assumptions", MODEL.assumptions.map((row) => card(`@${row.function} assumes ${row.what}`, row.why ? `because ${row.why}` : "", row.guard ? `checked by ${row.guard}` : "not checked when it runs", places(row.span)))],
      ["Operators without evidence from outside, which the proof rests on", (MODEL.verdict?.unproven ?? []).map((name) => card(name))],
      ["Ran otherwise than compiled", [...(MODEL.verdict?.interpreted ?? []), ...(MODEL.verdict?.by_reference ?? []).map((name) => `${name}: by its reference`)].map((text) => card(text))],
      ["Parameters with other names", Object.entries(MODEL.renamed_parameters).map(([old, name]) => el("p.mono", {}, `${old} → ${name}`)), true],
      ["Large constants that are parameters", Object.entries(MODEL.lifted_constants).map(([name, type]) => el("p.mono", {}, `${name}: ${type}`)), true],
    ];
  }
}

class OperatorsView {
  constructor() {
    this.name = "Operators";
    this.body = el("tbody");
    this.root = el("div.view.page", {}, el("table.operators", {}, el("caption", {}, "Calls by operator and by what became of them"),
      el("thead", {}, el("tr", {}, ["Relay operator", "calls", "outcome", "Relax", "why not 1:1", "error ÷ bound"].map(heading))), this.body));
    this.draw();
    on("filter", () => this.draw());
  }

  draw() {
    const groups = new Map();
    CALLS.forEach((row, call) => {
      if (row.outcome === "call" || !passes(call)) return;
      const key = JSON.stringify([row.op, row.outcome, row.relax, row.lossy || row.reason]);
      if (!groups.has(key)) groups.set(key, { row, calls: [], ratio: null });
      const group = groups.get(key);
      group.calls.push(call);
      if (row.verdict) group.ratio = Math.max(group.ratio ?? 0, Number.isFinite(Number(row.ratio)) ? Number(row.ratio) : Infinity);
    });
    const rank = ([, group]) => -OUTCOMES.findIndex(([key]) => key === group.row.outcome);
    const rows = [...groups].sort((a, b) => rank(a) - rank(b) || b[1].calls.length - a[1].calls.length);
    this.body.replaceChildren(...rows.map(([, { row, calls, ratio }]) => el("tr", {},
      el("th", { scope: "row" }, el("button.link", { type: "button", title: "Show the first call", onclick: () => { select(calls[0], "table"); } }, row.op)),
      el("td.number", {}, calls.length.toLocaleString("en")), el("td", {}, row.outcome ? badge(row.outcome) : ""), el("td.mono", {}, [...new Set(row.relax.map(short))].join(", ")),
      el("td", {}, row.reason, row.lossy ? el("p.warn", {}, `computes differently: ${row.lossy}`) : null), el("td.number", {}, ratio === null ? "" : number(ratio)))));
  }
}
