// Numeric divergence along the model: for each call its error as a share of what rounding may do.

const FLOOR = 1e-6; // where calls stand that are equal bit for bit,
const OPEN = 1e-7; // and those that nothing was compared with

class PlotView {
  constructor() {
    this.name = "Divergence";
    this.rows = CALLS.map((row, call) => ({ ...row, call })).filter((row) => row.verdict);
    this.box = el("div.plot", { tabindex: "0", role: "application", "aria-roledescription": "plot", "aria-label": "Error of each call as a share of its bound, in order of evaluation; arrow keys move along the model", onkeydown: (event) => this.key(event) });
    this.readout = el("p.readout", { "aria-live": "off" });
    this.worst = el("div.worst");
    this.root = el("div.view.plot-view", {}, this.head(), this.box, this.readout, el("h2", {}, "Largest shares of the bound"), this.worst);
    new ResizeObserver(() => this.size()).observe(this.box);
    on("select", () => this.plot?.redraw(false));
    on("hover", (call) => { this.plot?.redraw(false); this.readout.textContent = call >= 0 ? `call ${call + 1}: ${sentence(call)}` : this.legend(); });
    on("filter", () => this.fill());
    on("theme", () => this.build());
  }

  head() {
    const verdict = MODEL.verdict;
    const facts = [
      verdict.ops_total ? `${verdict.ops_compared} of ${verdict.ops_total} calls agree on the reference's own inputs` : "",
      verdict.seed !== null && verdict.seed !== undefined ? `arguments from seed ${verdict.seed}` : "",
      verdict.float64_difference !== null && verdict.float64_difference !== undefined ? `in float64 the sides lie ${number(verdict.float64_difference)} of the scale apart` : "",
    ].filter(Boolean);
    return el("div", {}, el("p.lead", {}, verdictBadge(verdict), " ", verdict.reason), el("p.faint", {}, facts.join(" · ")),
      verdict.outputs?.length ? el("table", {}, el("caption", {}, "Outputs end to end"),
        el("tr", {}, ["output", "largest difference", "admitted", "scale", "because"].map(heading)),
        verdict.outputs.map((row) => el("tr", {}, el("td", {}, String(row.index)), [row.error, row.bound, row.scale].map((value) => el("td.number", {}, number(value))), el("td", {}, row.why)))) : null);
  }

  legend() {
    return "The dashed line is the bound of one operator. Calls on the line of exact ones are equal bit for bit.";
  }

  shown() {
    if (!this.plot) { this.build(); this.fill(); this.readout.textContent = this.legend(); }
    this.size();
  }

  size() {
    if (this.plot && this.box.clientWidth) this.plot.setSize({ width: this.box.clientWidth, height: 300 });
  }

  data() {
    const y = (row) => Math.min(1e12, Math.max(FLOOR, Number.isFinite(Number(row.ratio)) ? Number(row.ratio) : 1e12));
    const series = VERDICTS.map(([key]) => this.rows.map((row) => (row.verdict === key && passes(row.call) ? (key === "not compared" ? OPEN : y(row)) : null)));
    return [this.rows.map((row) => row.call + 1), ...series];
  }

  build() {
    if (!this.box.clientWidth) return;
    this.plot?.destroy();
    const ink = colourOf("muted"), grid = { stroke: colourOf("hair"), width: 1 };
    const axis = { stroke: ink, grid, ticks: grid, font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif", labelSize: 22 };
    this.plot = new uPlot({
      width: this.box.clientWidth, height: 300, legend: { show: false }, cursor: { drag: { x: true, y: false }, points: { show: false }, y: false },
      scales: { x: { time: false }, y: { distr: 3, range: (_, low, high) => [OPEN / 3, Math.max(10, (high ?? 1) * 3)] } },
      axes: [{ ...axis, label: "call, in order of evaluation" }, { ...axis, label: "error ÷ bound", size: 88, splits: (plot) => decades(plot.scales.y.max), filter: (_, ticks) => ticks, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : tick === FLOOR ? "exact" : tick === OPEN ? "inconclusive" : tick < 1e-3 || tick > 1e4 ? tick.toExponential(0) : String(tick))) }],
      series: [{}, ...VERDICTS.map(([key]) => ({ stroke: colourOf(toneOf(key)), paths: () => null, points: { show: true, size: key === "different" ? 10 : 6, fill: colourOf(toneOf(key)), width: 1 } }))],
      hooks: { draw: [(plot) => this.marks(plot)], setCursor: [(plot) => { if (plot.cursor.left >= 0 && plot.cursor.idx !== null) hover(this.rows[plot.cursor.idx].call); }] },
    }, this.data(), this.box);
    this.plot.over.addEventListener("click", () => { if (this.plot.cursor.idx !== null) select(this.rows[this.plot.cursor.idx].call, "plot"); });
    this.plot.over.addEventListener("mouseleave", () => hover(-1));
  }

  marks(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    const line = (x0, y0, x1, y1, colour, dash) => { ctx.beginPath(); ctx.strokeStyle = colour; ctx.setLineDash(dash); ctx.lineWidth = devicePixelRatio; ctx.moveTo(x0, y0); ctx.lineTo(x1, y1); ctx.stroke(); };
    const bound = plot.valToPos(1, "y", true);
    line(bbox.left, bound, bbox.left + bbox.width, bound, colourOf("t-different"), [6, 4]);
    for (const [call, dash] of [[state.hovered, [2, 3]], [state.selected, []]]) {
      if (call < 0) continue;
      const x = plot.valToPos(call + 1, "x", true);
      if (x >= bbox.left && x <= bbox.left + bbox.width) line(x, bbox.top, x, bbox.top + bbox.height, colourOf("accent"), dash);
    }
    ctx.restore();
  }

  fill() {
    this.plot?.setData(this.data());
    const ratio = (row) => (row.verdict === "different" ? 1e300 : 0) + (Number.isFinite(Number(row.ratio)) ? Number(row.ratio) : 1e299);
    const rows = this.rows.filter((row) => passes(row.call) && row.verdict !== "exact").sort((a, b) => ratio(b) - ratio(a)).slice(0, 25);
    this.worst.replaceChildren(rows.length ? el("table", {}, el("tr", {}, ["call", "operator", "verdict", "error", "bound", "error ÷ bound"].map(heading)),
      rows.map((row) => el("tr", {}, el("td.number", {}, String(row.call + 1)), el("td", {}, el("button.link", { type: "button", onclick: () => select(row.call, "table") }, row.op)),
        el("td", {}, badge(row.verdict)), [row.error, row.bound, row.ratio].map((value) => el("td.number", {}, number(value)))))) : el("p.faint", {}, "All calls that pass the filters are equal bit for bit."));
  }

  key(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1, PageDown: 20, PageUp: -20, Home: -Infinity, End: Infinity };
    if (!(event.key in steps) || !this.rows.length) return;
    const at = this.rows.findIndex((row) => row.call === state.selected);
    const to = Math.min(this.rows.length - 1, Math.max(0, at + steps[event.key]));
    select(this.rows[to].call, "plot");
    announce(`call ${this.rows[to].call + 1}: ${sentence(this.rows[to].call)}`);
    event.preventDefault();
  }
}

/** Every second power of ten from the bottom line up. */
function decades(most) {
  const found = [OPEN];
  for (let power = -6; 10 ** power <= most && power < 40; power += 2) found.push(Number(`1e${power}`));
  return found;
}

function verdictKey(outcome) {
  return { proved: "exact", inconclusive: "not compared" }[outcome] ?? outcome;
}

function verdictBadge(verdict) {
  return el(`span.badge.${toneOf(verdictKey(verdict.outcome))}`, {}, verdict.outcome);
}
