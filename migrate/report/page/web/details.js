// Everything that is known of the selected call or fold.

class Details {
  constructor(root) {
    this.root = root;
    on("select", () => this.draw());
  }

  draw() {
    const parts = state.selected >= 0 ? this.call(state.selected) : state.fold >= 0 ? this.fold(MODEL.folds[state.fold]) : null;
    this.root.hidden = !parts;
    if (!parts) return;
    this.root.replaceChildren(
      el("button.close.icon", { type: "button", "aria-label": "Close details", onclick: () => { select(-1); state.fold = -1; this.draw(); } }, el("span", { "aria-hidden": "true" }, "×")),
      ...parts);
  }

  call(call) {
    const row = CALLS[call];
    const facts = [
      ["function", row.function ? `@${row.function}` : ""], ["type", row.type], ["came from", row.from],
      ["says", row.relax.map(short).join("\n")], ["why not 1:1", row.reason], ["computes differently", row.lossy],
    ];
    const parts = [
      el("h2", {}, row.op),
      el("p", {}, row.outcome ? badge(row.outcome) : null, " ", row.verdict ? badge(row.verdict) : null),
      definitions(facts),
    ];
    if (row.verdict) parts.push(this.numbers(row));
    parts.push(...findingsOf(call).map((item) => finding(item)));
    parts.push(this.lines("Relay", MODEL.left, row.at ? [row.at[0]] : []), this.lines("Relax", MODEL.right, row.right));
    if (row.sources.length) parts.push(el("h3", {}, "reads from"), chips(row.sources));
    const users = usersOf(call);
    if (users.length) parts.push(el("h3", {}, "read by"), chips(users));
    return parts;
  }

  numbers(row) {
    const used = Math.min(1, Number.isFinite(Number(row.ratio)) ? Number(row.ratio) : 1);
    const meter = el("div.meter", { role: "img", "aria-label": `${number(row.ratio)} times its bound` }, el(`i.${toneOf(row.verdict)}`));
    meter.firstChild.style.width = `${Math.max(1, used * 100)}%`;
    return el("div", {}, el("h3", {}, "on the reference's own inputs"), meter,
      definitions([["largest error", number(row.error)], ["bound", number(row.bound)], ["error ÷ bound", number(row.ratio)]]));
  }

  lines(language, side, lines) {
    if (!side || !lines.length) return null;
    return el("div", {}, el("h3", {}, language), lines.map((line) =>
      el("button.quote", { type: "button", title: "Show this line", onclick: () => { goTo("Compare"); emit("select", state.selected, ""); } },
        el("span.faint", {}, `${line}  `), (side.lines[line - 1] ?? "").trim().slice(0, 2000))));
  }

  fold(fold) {
    const calls = Array.from({ length: fold.last - fold.first }, (_, n) => fold.first + n);
    const kinds = tally(calls.map((call) => CALLS[call].op));
    return [
      el("h2", {}, fold.label), el("p.faint", {}, `calls ${fold.first + 1} to ${fold.last} in order of evaluation`),
      el("p", {}, [...tally(calls.map((call) => CALLS[call].outcome))].map(([key, n]) => [badge(key, n), " "])),
      el("h3", {}, "operators"), definitions([...kinds].map(([op, n]) => [op, String(n)])),
      el("h3", {}, "calls"), chips(calls.slice(0, 200)),
    ];
  }
}

const MONO = new Set(["function", "type", "came from", "says", "in Relax", "builds on", "evidence"]);
let users = null;
function usersOf(call) {
  if (!users) {
    users = CALLS.map(() => []);
    CALLS.forEach((row, n) => { for (const source of row.sources) users[source].push(n); });
  }
  return users[call];
}

function badge(key, n = null) {
  return el(`span.badge.${toneOf(key)}`, {}, n === null ? LABELS[key] ?? key : `${LABELS[key] ?? key} ${n}`);
}

function definitions(facts) {
  const shown = facts.filter(([, value]) => value);
  return shown.length ? el("dl", {}, shown.map(([name, value]) => el("div", {}, el("dt", {}, name), el(MONO.has(name) ? "dd.mono" : "dd", {}, value)))) : null;
}

function chips(calls) {
  return el("div.chips", {}, calls.slice(0, 60).map((call) =>
    el(`button.chip.${tone(CALLS[call])}`, { type: "button", onclick: () => select(call), onmouseenter: () => hover(call), onmouseleave: () => hover(-1) }, `${short(CALLS[call].op)} ${call + 1}`)),
    calls.length > 60 ? el("span.faint", {}, `and ${calls.length - 60} more`) : null);
}

function tally(items) {
  const found = new Map();
  for (const item of items) found.set(item, (found.get(item) ?? 0) + 1);
  return new Map([...found].sort((a, b) => b[1] - a[1]));
}
