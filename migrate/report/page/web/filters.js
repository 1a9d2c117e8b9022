// The summary on top: totals, which are filters; and the search.

class Summary {
  constructor(root) {
    this.buttons = [];
    if (!MODEL) { root.hidden = true; return; }
    const calls = CALLS.filter((row) => row.outcome !== "call");
    const outcomes = tally(calls.map((row) => row.outcome));
    const judged = CALLS.filter((row) => row.verdict);
    const verdicts = tally(judged.map((row) => row.verdict));
    const parts = [];
    if (MODEL.left) parts.push(this.group("Outcome", "outcomes", OUTCOMES, outcomes, calls.length));
    if (judged.length) parts.push(this.group("Verdict", "verdicts", VERDICTS, verdicts, judged.length));
    else if (MODEL.verdict) parts.push(el("div.group", {}, el("h2", {}, "Verdict"), el("p.lead", {}, verdictBadge(MODEL.verdict), " ", MODEL.verdict.reason)));
    if (MODEL.left && judged.length) parts.push(this.colours());
    root.append(...parts);
    on("filter", () => this.sync());
  }

  group(title, field, kinds, counts, total) {
    const present = kinds.filter(([key]) => counts.get(key));
    const bar = el("div.stack", { "aria-hidden": "true" }, present.map(([key]) => { const part = el(`i.${toneOf(key)}`); part.style.flexGrow = counts.get(key); return part; }));
    const buttons = present.map(([key, label, about]) => {
      const button = el(`button.filter.${toneOf(key)}`, { type: "button", "aria-pressed": "false", title: about, "data-filter": key, onclick: () => toggleFilter(field, key) }, el("i.dot"), label, el("b", {}, counts.get(key).toLocaleString("en")));
      this.buttons.push([button, field, key]);
      return button;
    });
    return el("div.group", {}, el("h2", {}, title, el("span.faint", {}, ` ${count(total, "operator call")}`)), bar, el("div.filters", { role: "group", "aria-label": `Filter by ${title.toLowerCase()}` }, buttons));
  }

  colours() {
    const choice = (key, label) => el("label", {}, el("input", { type: "radio", name: "colour", checked: key === state.colour, onchange: () => { state.colour = key; emit("colour"); } }), label);
    return el("fieldset.colours", {}, el("legend", {}, "Colour by"), choice("outcome", "outcome"), choice("verdict", "verdict"));
  }

  sync() {
    for (const [button, field, key] of this.buttons) button.setAttribute("aria-pressed", String(state[field].has(key)));
  }
}

function toggleFilter(field, key) {
  if (!state[field].delete(key)) state[field].add(key);
  emit("filter");
  const left = CALLS.reduce((sum, _, call) => sum + passes(call), 0);
  announce(isFiltered() ? `${count(left, "call")} of ${CALLS.length} pass the filters` : "no filter");
}

function clearFilters() {
  state.outcomes.clear();
  state.verdicts.clear();
  emit("filter");
}

/** Calls that the search finds: in their own words, or in the lines that say them. */
let found = { query: null, calls: [] };
function hitCalls() {
  if (found.query === state.query) return found.calls;
  const wanted = state.query.toLowerCase();
  const text = (row) => [row.op, ...row.relax, row.type, row.from, row.reason, row.at ? MODEL.left.lines[row.at[0] - 1] : "", ...row.right.map((line) => MODEL.right.lines[line - 1])].join("\n").toLowerCase();
  found = { query: state.query, calls: wanted ? CALLS.flatMap((row, call) => (text(row).includes(wanted) ? [call] : [])) : [] };
  return found.calls;
}

class Search {
  constructor(input, hits) {
    this.input = input;
    this.hits = hits;
    if (!MODEL) { input.closest("label").hidden = true; return; }
    input.addEventListener("input", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.run(), 120); });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { clearTimeout(this.timer); this.run(); this.step(event.shiftKey ? -1 : 1); }
      if (event.key === "Escape") { input.value = ""; this.run(); input.blur(); event.stopPropagation(); }
    });
  }

  run() {
    if (this.input.value === state.query) return;
    state.query = this.input.value;
    const n = hitCalls().length;
    this.hits.textContent = state.query ? count(n, "hit") : "";
    emit("search");
  }

  step(by) {
    const calls = hitCalls();
    if (!calls.length) return;
    const at = calls.indexOf(state.selected);
    const next = at >= 0 ? (at + by + calls.length) % calls.length : by > 0 ? calls.findIndex((call) => call > state.selected) : calls.findLastIndex((call) => call < state.selected);
    const place = next < 0 ? (by > 0 ? 0 : calls.length - 1) : next;
    this.hits.textContent = `${place + 1} of ${count(calls.length, "hit")}`;
    select(calls[place], "search");
  }
}
