// What a campaign of generated programs has covered, as a matrix of counts.

const SPLIT = { "operators by element type": / (?=[^ ]+$)/, rules: /: /, edges: / -> / };
const CELL = 14;

class MatrixView {
  constructor() {
    this.name = "Coverage";
    const campaign = PAGE.campaign;
    this.kinds = Object.keys(SPLIT).filter((kind) => campaign.coverage[kind]);
    const choose = el("select", { "aria-label": "What is counted", onchange: () => this.draw(choose.value) }, this.kinds.map((kind) => el("option", {}, kind)));
    this.canvas = el("canvas", { tabindex: "0", role: "application", "aria-roledescription": "matrix", "aria-label": "Coverage matrix; arrow keys move from cell to cell", onkeydown: (event) => this.key(event), onmousemove: (event) => this.point(event), onmouseleave: () => this.at(-1, -1) });
    this.box = el("div.matrix", {}, this.canvas);
    this.readout = el("p.readout", { role: "status" });
    const rows = Object.entries(campaign.outcomes).map(([name, counts]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, Object.entries(counts).map(([what, n]) => [el(`span.badge.${toneOf(verdictKey(what))}`, {}, `${what} ${n.toLocaleString("en")}`), " "]))));
    this.root = el("div.view.page.coverage", {},
      el("h2", {}, `${count(campaign.programs, "generated program")}`), el("table", {}, el("caption", {}, "What checks found, by property"), rows),
      campaign.covered ? el("p.faint", {}, Object.entries(campaign.covered).map(([kind, n]) => `${n} ${kind}`).join(" · ")) : null,
      campaign.findings.map((item) => el("article.finding.error", {}, el("h3", {}, item.key ?? ""), el("p", {}, item.reason ?? ""), el("p.faint", {}, `${item.count} programs, the first from seed ${item.source}`))),
      el("div.bar", {}, choose, this.scale = el("span.faint"), el("span.grow"), this.readout), this.box);
    on("theme", () => this.paint());
  }

  shown() {
    if (!this.counts && this.kinds.length) this.draw(this.kinds[0]);
  }

  draw(kind) {
    const pairs = Object.entries(PAGE.campaign.coverage[kind]).map(([name, n]) => [...name.split(SPLIT[kind]), n]).filter((pair) => pair.length === 3);
    const names = (place) => [...tallied(pairs, place)].sort((a, b) => b[1] - a[1]).map(([name]) => name);
    this.down = names(0);
    this.across = names(1);
    this.counts = new Map(pairs.map(([row, column, n]) => [`${row}\n${column}`, n]));
    this.most = Math.max(1, ...pairs.map((pair) => pair[2]));
    this.cell = [-1, -1];
    this.scale.textContent = `${count(this.down.length, "row")}, ${count(this.across.length, "column")}; the stronger the colour the more, up to ${this.most.toLocaleString("en")}`;
    this.paint();
  }

  paint() {
    if (!this.counts) return;
    const context = this.canvas.getContext("2d");
    const font = "11px " + getComputedStyle(document.documentElement).getPropertyValue("--mono");
    context.font = font;
    const left = Math.ceil(Math.max(...this.down.map((name) => context.measureText(name).width))) + 10;
    const top = Math.ceil(Math.max(...this.across.map((name) => context.measureText(name).width))) + 10;
    const scale = devicePixelRatio;
    const [width, height] = [left + this.across.length * CELL + 10, top + this.down.length * CELL + 10];
    Object.assign(this, { left, top });
    this.canvas.width = width * scale;
    this.canvas.height = height * scale;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    context.scale(scale, scale);
    context.font = font;
    context.textBaseline = "middle";
    const [ink, accent, empty] = [colourOf("muted"), colourOf("accent"), colourOf("hair")];
    context.fillStyle = ink;
    context.textAlign = "right";
    this.down.forEach((name, y) => context.fillText(name, left - 6, top + (y + 0.5) * CELL));
    this.across.forEach((name, x) => { context.save(); context.translate(left + (x + 0.5) * CELL, top - 6); context.rotate(-Math.PI / 2); context.textAlign = "left"; context.fillText(name, 0, 0); context.restore(); });
    this.down.forEach((row, y) => this.across.forEach((column, x) => {
      const n = this.counts.get(`${row}\n${column}`) ?? 0;
      context.globalAlpha = n ? 0.2 + 0.8 * (Math.log1p(n) / Math.log1p(this.most)) : 0.5;
      context.fillStyle = n ? accent : empty;
      context.fillRect(left + x * CELL + 1, top + y * CELL + 1, CELL - 2, CELL - 2);
    }));
    context.globalAlpha = 1;
    const [x, y] = this.cell;
    if (x >= 0) { context.strokeStyle = colourOf("ink"); context.lineWidth = 2; context.strokeRect(left + x * CELL, top + y * CELL, CELL, CELL); }
  }

  at(x, y) {
    if (x === this.cell?.[0] && y === this.cell?.[1]) return;
    const inside = x >= 0 && y >= 0 && x < this.across.length && y < this.down.length;
    this.cell = inside ? [x, y] : [-1, -1];
    const n = inside ? this.counts.get(`${this.down[y]}\n${this.across[x]}`) ?? 0 : 0;
    this.readout.textContent = inside ? `${this.down[y]} · ${this.across[x]}: ${n.toLocaleString("en")}` : "";
    this.paint();
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    this.at(Math.floor((event.clientX - box.left - this.left) / CELL), Math.floor((event.clientY - box.top - this.top) / CELL));
  }

  key(event) {
    const moves = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    if (!(event.key in moves)) return;
    const [x, y] = this.cell[0] < 0 ? [0, 0] : this.cell.map((value, axis) => value + moves[event.key][axis]);
    this.at(Math.min(this.across.length - 1, Math.max(0, x)), Math.min(this.down.length - 1, Math.max(0, y)));
    event.preventDefault();
  }
}

function tallied(pairs, place) {
  const found = new Map();
  for (const pair of pairs) found.set(pair[place], (found.get(pair[place]) ?? 0) + pair[2]);
  return found;
}
