// A graph on a canvas: layers by d3-dag, drawing and picking by Cytoscape. Used for models and for the ledger of passes.

const LAYERED = 700; // parts up to which crossings are minimised; above, a faster placement
const EDGES_AROUND = 3000; // edges up to which each goes around what lies between

class Graph {
  /** handlers: select(id), open(id), hover(id), describe(id) -> text. */
  constructor(label, handlers) {
    this.handlers = handlers;
    this.chosen = null;
    this.canvas = el("div.graph", { tabindex: "0", role: "application", "aria-label": label, "aria-roledescription": "graph", onkeydown: (event) => this.key(event) });
    new ResizeObserver(() => { if (this.cy) { this.cy.resize(); if (this.unfitted && this.canvas.clientWidth) this.fit(); } }).observe(this.canvas);
  }

  /** nodes: [{id, label, tone, parents: [id], kind}] with parents before children; `across`: from left to right. */
  show(nodes, across = false) {
    this.nodes = nodes;
    this.order = new Map(nodes.map((node, place) => [node.id, place]));
    const sizes = new Map(nodes.map((node) => [node.id, [Math.max(34, node.label.length * 7 + 22), node.kind === "fold" ? 34 : 26]]));
    const placed = place(nodes, sizes, across);
    const elements = nodes.map((node) => ({
      group: "nodes",
      data: { id: node.id, label: node.label, width: sizes.get(node.id)[0], height: sizes.get(node.id)[1] },
      position: placed.at.get(node.id),
      classes: `${node.kind} ${node.tone}`,
    }));
    const around = placed.edges.length <= EDGES_AROUND;
    for (const edge of placed.edges) elements.push({ group: "edges", data: { id: `${edge.from}>${edge.to}`, source: edge.from, target: edge.to, ...bends(edge, placed.at) }, classes: !around ? "plain" : edge.points.length ? "bent" : "" });
    const large = nodes.length > 1500;
    this.extent = extent(placed.at, sizes);
    this.cy?.destroy();
    this.cy = cytoscape({
      container: this.canvas, elements, style: graphStyle(), layout: { name: "preset", fit: false },
      minZoom: 0.01, maxZoom: 3, autoungrabify: true, boxSelectionEnabled: false, selectionType: "single",
      hideEdgesOnViewport: large, textureOnViewport: large, pixelRatio: large ? 1 : "auto",
    });
    this.cy.on("tap", "node", (event) => this.choose(event.target.id(), true));
    this.cy.on("dbltap", "node", (event) => this.handlers.open(event.target.id()));
    this.cy.on("tap", (event) => { if (event.target === this.cy) this.choose(null, true); });
    this.cy.on("mouseover", "node", (event) => this.handlers.hover(event.target.id()));
    this.cy.on("mouseout", "node", () => this.handlers.hover(null));
    for (const canvas of this.canvas.querySelectorAll("canvas")) canvas.setAttribute("aria-hidden", "true");
    this.canvas.dataset.parts = nodes.length;
    this.chosen = null;
    this.unfitted = true;
    if (this.canvas.clientWidth) this.fit();
  }

  /** All of it where that can be read, else its beginning. */
  fit(whole = false) {
    this.unfitted = false;
    this.cy.resize();
    const { left, top, right, bottom } = this.extent;
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    const zoom = Math.min(1.1, (width - 60) / (right - left), (height - 60) / (bottom - top));
    if (whole || zoom >= 0.35 || !this.nodes.length) {
      this.cy.viewport({ zoom, pan: { x: (width - zoom * (left + right)) / 2, y: (height - zoom * (top + bottom)) / 2 } });
    } else {
      const first = this.cy.getElementById(this.nodes[0].id).position();
      this.cy.viewport({ zoom: 0.8, pan: { x: width / 2 - 0.8 * first.x, y: 60 - 0.8 * first.y } });
    }
  }

  restyle() {
    this.cy?.style(graphStyle());
  }

  recolour(toneOf) {
    this.cy?.batch(() => {
      for (const node of this.nodes) {
        const shown = this.cy.getElementById(node.id);
        shown.classes(`${node.kind} ${toneOf(node)}${shown.hasClass("chosen") ? " chosen" : ""}`);
      }
    });
  }

  dim(isDim) {
    this.cy?.batch(() => {
      for (const node of this.nodes) this.cy.getElementById(node.id).toggleClass("dim", isDim(node));
    });
  }

  mark(id, className) {
    if (!this.cy) return;
    this.cy.$(`.${className}`).removeClass(className);
    if (id !== null) this.cy.getElementById(id).addClass(className);
  }

  choose(id, tell) {
    this.chosen = id;
    this.mark(id, "chosen");
    this.cy.$("edge.lit").removeClass("lit");
    if (id !== null) {
      this.cy.getElementById(id).connectedEdges().addClass("lit");
      announce(this.handlers.describe(id));
    }
    if (tell) this.handlers.select(id);
  }

  reveal(id) {
    const node = this.cy?.getElementById(id);
    if (!node?.length || !this.canvas.clientWidth) return;
    if (this.cy.zoom() < 0.5) this.cy.zoom(0.9);
    const at = node.renderedPosition();
    const inside = at.x > 60 && at.y > 40 && at.x < this.canvas.clientWidth - 60 && at.y < this.canvas.clientHeight - 40;
    if (!inside) this.cy.center(node);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.cy) return;
    const node = this.chosen === null ? null : this.cy.getElementById(this.chosen);
    const moves = {
      ArrowDown: () => node?.outgoers("node").first().id(), ArrowUp: () => node?.incomers("node").first().id(),
      ArrowRight: () => this.nodes[(this.order.get(this.chosen) ?? -1) + 1]?.id, ArrowLeft: () => this.nodes[(this.order.get(this.chosen) ?? 1) - 1]?.id,
      Home: () => this.nodes[0]?.id, End: () => this.nodes.at(-1)?.id,
    };
    if (event.key in moves) {
      const to = this.chosen === null ? this.nodes[0]?.id : moves[event.key]();
      if (to !== undefined) { this.choose(to, true); this.reveal(to); }
    } else if (event.key === "Enter" && this.chosen !== null) this.handlers.open(this.chosen);
    else if (event.key === "Backspace" && this.chosen !== null) this.handlers.close?.(this.chosen);
    else if (event.key === "+" || event.key === "=") this.zoom(1.3);
    else if (event.key === "-") this.zoom(1 / 1.3);
    else if (event.key === "f") this.fit(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  zoom(factor) {
    this.cy.zoom({ level: this.cy.zoom() * factor, renderedPosition: { x: this.canvas.clientWidth / 2, y: this.canvas.clientHeight / 2 } });
  }

  tools(...more) {
    const button = (text, label, act) => el("button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
    return el("div.graph-tools", { role: "group", "aria-label": "Graph" }, more,
      button("+", "Zoom in", () => this.zoom(1.3)), button("−", "Zoom out", () => this.zoom(1 / 1.3)), button("Fit", "Show all of it", () => this.fit(true)));
  }
}

/** Positions of nodes, and the points between them that edges go through. */
function place(nodes, sizes, across) {
  const at = new Map(), edges = [];
  if (!nodes.length) return { at, edges };
  const known = new Set(nodes.map((node) => node.id));
  const data = nodes.map((node) => ({ id: node.id, parentIds: [...new Set(node.parents)].filter((parent) => known.has(parent)) }));
  const graph = d3.graphStratify()(data);
  const links = data.reduce((sum, node) => sum + node.parentIds.length, 0);
  const turned = ([x, y]) => (across ? [y, x] : [x, y]);
  const size = (node) => turned(sizes.get(node.data.id));
  if (nodes.length <= LAYERED && links <= 4 * LAYERED) {
    d3.sugiyama().nodeSize(size).gap(across ? [10, 60] : [22, 30]).layering(d3.layeringLongestPath())
      .decross(d3.decrossTwoLayer().passes(12)).coord(nodes.length < 200 ? d3.coordSimplex() : d3.coordGreedy())(graph);
  } else d3.grid().nodeSize(size).gap([18, 14]).lane(d3.laneGreedy())(graph);
  for (const node of graph.nodes()) { const [x, y] = turned([node.x, node.y]); at.set(node.data.id, { x, y }); }
  for (const link of graph.links()) {
    const [from, to] = [link.source.data.id, link.target.data.id];
    const outside = ([x, y]) => [from, to].every((id) => Math.abs(x - at.get(id).x) > sizes.get(id)[0] / 2 || Math.abs(y - at.get(id).y) > sizes.get(id)[1] / 2);
    edges.push({ from, to, points: corners([at.get(from), ...link.points.map(turned).filter(outside).map(([x, y]) => ({ x, y })), at.get(to)]) });
  }
  return { at, edges };
}

/** The points of a line at which it turns, without its ends: rounded corners need an angle. */
function corners(points) {
  const kept = [points[0]];
  for (let n = 1; n < points.length - 1; n++) {
    const [before, here, after] = [kept.at(-1), points[n], points[n + 1]];
    const [ax, ay, bx, by] = [here.x - before.x, here.y - before.y, after.x - here.x, after.y - here.y];
    if (Math.abs(ax * by - ay * bx) > 0.02 * Math.hypot(ax, ay) * Math.hypot(bx, by)) kept.push(here);
  }
  return kept.slice(1);
}

/** The rectangle around all nodes. */
function extent(at, sizes) {
  const found = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const [id, { x, y }] of at) {
    const [width, height] = sizes.get(id);
    found.left = Math.min(found.left, x - width / 2);
    found.right = Math.max(found.right, x + width / 2);
    found.top = Math.min(found.top, y - height / 2);
    found.bottom = Math.max(found.bottom, y + height / 2);
  }
  return at.size ? found : { left: 0, top: 0, right: 1, bottom: 1 };
}

/** Bends of an edge as Cytoscape wants them: along and beside the straight line. */
function bends(edge, at) {
  if (!edge.points.length) return {};
  const [from, to] = [at.get(edge.from), at.get(edge.to)];
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const inner = edge.points.map(({ x, y }) => [x - from.x, y - from.y]);
  return {
    weights: inner.map(([x, y]) => (x * dx + y * dy) / (length * length)),
    distances: inner.map(([x, y]) => (y * dx - x * dy) / length),
  };
}

function graphStyle() {
  const font = getComputedStyle(document.documentElement).getPropertyValue("--mono");
  return [
    { selector: "node", style: {
      shape: "round-rectangle", width: "data(width)", height: "data(height)", label: "data(label)", "font-family": font, "font-size": 12,
      "text-valign": "center", color: colourOf("ink"), "background-color": colourOf("page"), "border-width": 1.5, "border-color": colourOf("line"), "min-zoomed-font-size": 7 } },
    { selector: "node.fold", style: { "border-style": "double", "border-width": 4, "font-weight": "bold" } },
    { selector: "node.other", style: { "border-style": "dashed" } },
    ...TONES.map((name) => ({ selector: `node.${name}`, style: { "border-color": colourOf(name), "background-color": colourOf(name, 0.14) } })),
    { selector: "node.hit", style: { "overlay-color": colourOf("accent"), "overlay-opacity": 0.18, "overlay-padding": 4 } },
    { selector: "node.hot", style: { "overlay-color": colourOf("accent"), "overlay-opacity": 0.12, "overlay-padding": 4 } },
    { selector: "node.chosen", style: { "border-width": 3, "border-color": colourOf("accent"), "border-style": "solid" } },
    { selector: "node.dim", style: { opacity: 0.25 } },
    { selector: "edge", style: { width: 1.2, "line-color": colourOf("edge"), "curve-style": "straight", "target-arrow-shape": "triangle", "target-arrow-color": colourOf("edge"), "arrow-scale": 0.7 } },
    { selector: "edge.bent", style: { "curve-style": "round-segments", "segment-weights": "data(weights)", "segment-distances": "data(distances)", "segment-radii": 12, "edge-distances": "node-position" } },
    { selector: "edge.plain", style: { "curve-style": "haystack" } },
    { selector: "edge.lit", style: { "line-color": colourOf("accent"), "target-arrow-color": colourOf("accent"), width: 2 } },
  ];
}
