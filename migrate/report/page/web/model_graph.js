// The dataflow of a model: calls, and folds of neighbouring calls that open and close.

class ModelGraph {
  constructor() {
    this.name = "Graph";
    this.open = new Set();
    this.chain = chains();
    this.graph = new Graph("Dataflow of the model", {
      select: (id) => this.picked(id),
      open: (id) => this.unfold(id),
      close: (id) => this.foldAround(id),
      hover: (id) => hover(id !== null && id[0] === "c" ? Number(id.slice(1)) : -1),
      describe: (id) => (id[0] === "c" ? `${sentence(Number(id.slice(1)))}, call ${Number(id.slice(1)) + 1} of ${CALLS.length}` : foldSentence(MODEL.folds[Number(id.slice(1))])),
    });
    const button = (text, act) => el("button", { type: "button", onclick: act }, text);
    const tools = MODEL.folds.length
      ? [button("Unfold all", () => this.unfoldAll()), button("Fold all", () => { this.open.clear(); this.build(); })] : [];
    this.trail = el("div.trail");
    this.legend = el("div.legend");
    this.root = el("div.view.graph-view", {}, el("div.bar", {}, this.trail, el("span.grow"), this.graph.tools(tools)), this.graph.canvas, this.legend);
    on("select", (call, from) => { if (from !== "graph") this.follow(call); });
    on("hover", (call) => this.graph.mark(call >= 0 ? this.nodeOf(call) : null, "hot"));
    on("filter", () => this.dim());
    on("search", () => this.hits());
    on("colour", () => { this.graph.recolour((node) => node.toneOf()); this.dim(); this.hits(); });
    on("theme", () => this.graph.restyle());
  }

  shown() {
    if (!this.graph.cy) this.build();
    if (state.selected >= 0) this.follow(state.selected);
  }

  /** The node that stands for a call: itself, or the outermost closed fold around it. */
  nodeOf(call) {
    for (const fold of this.chain[call]) if (!this.open.has(fold)) return `f${fold}`;
    return `c${call}`;
  }

  build(keep = null) {
    const nodes = new Map();
    CALLS.forEach((row, call) => {
      const id = this.nodeOf(call);
      if (!nodes.has(id)) nodes.set(id, id[0] === "c" ? callNode(id, row) : foldNode(id, MODEL.folds[Number(id.slice(1))]));
      const parents = nodes.get(id).parents;
      for (const source of row.sources) {
        const from = this.nodeOf(source);
        if (from !== id && nodes.has(from)) parents.push(from);
      }
    });
    this.graph.show([...nodes.values()]);
    this.dim();
    this.hits();
    const chosen = keep ?? (state.selected >= 0 ? this.nodeOf(state.selected) : null);
    this.crumbs(chosen);
    if (chosen !== null) { this.graph.choose(chosen, false); this.graph.reveal(chosen); }
  }

  unfold(id) {
    if (id[0] !== "f") { goTo("Compare"); return; }
    const fold = Number(id.slice(1));
    this.open.add(fold);
    this.build(this.nodeOf(MODEL.folds[fold].first));
    announce(`unfolded ${MODEL.folds[fold].label}`);
  }

  /** Everything at once, which takes some seconds for ten thousand calls. */
  unfoldAll() {
    MODEL.folds.forEach((_, n) => this.open.add(n));
    this.trail.replaceChildren(el("span.faint", {}, `placing ${count(CALLS.length, "call")} …`));
    setTimeout(() => this.build(), 30);
  }

  foldAround(id) {
    const call = id[0] === "c" ? Number(id.slice(1)) : MODEL.folds[Number(id.slice(1))].first;
    const inner = this.chain[call].filter((fold) => this.open.has(fold)).at(-1);
    if (inner !== undefined) this.close(inner);
  }

  close(fold) {
    this.open.delete(fold);
    this.build(this.nodeOf(MODEL.folds[fold].first));
  }

  picked(id) {
    if (id === null) { select(-1, "graph"); state.fold = -1; this.crumbs(null); return; }
    if (id[0] === "c") select(Number(id.slice(1)), "graph");
    else {
      state.selected = -1;
      state.fold = Number(id.slice(1));
      emit("select", -1, "graph");
    }
    this.crumbs(id);
  }

  follow(call) {
    if (!this.graph.cy || call < 0) return;
    const id = this.nodeOf(call);
    this.graph.choose(id, false);
    this.graph.reveal(id);
    this.crumbs(id);
  }

  /** The folds around the selection that are open; each can be closed here. */
  crumbs(id) {
    const call = id === null ? -1 : id[0] === "c" ? Number(id.slice(1)) : MODEL.folds[Number(id.slice(1))].first;
    const around = call < 0 ? [] : this.chain[call].filter((fold) => this.open.has(fold));
    this.trail.replaceChildren(...(around.length
      ? around.map((fold) => el("button.crumb", { type: "button", title: "Fold", onclick: () => this.close(fold) }, `${MODEL.folds[fold].label} ⌃`))
      : [el("span.faint", {}, MODEL.folds.length ? "Double-click or Enter unfolds a group" : count(CALLS.length, "call"))]));
  }

  dim() {
    // Nothing is dim in a graph just drawn, nor where no filter was.
    if (isFiltered() || this.wasFiltered) this.graph.dim((node) => isFiltered() && !node.calls().some(passes));
    this.wasFiltered = isFiltered();
  }

  hits() {
    if (!this.graph.cy) return;
    this.graph.cy.$(".hit").removeClass("hit");
    if (!state.query) return;
    for (const call of hitCalls()) this.graph.cy.getElementById(this.nodeOf(call)).addClass("hit");
  }
}

/** By call, the folds around it, the outermost first. */
function chains() {
  const found = CALLS.map(() => []);
  MODEL.folds.forEach((fold, n) => { for (let call = fold.first; call < fold.last; call++) found[call].push(n); });
  return found;
}

function callNode(id, row) {
  const call = Number(id.slice(1));
  return { id, label: row.op.replace(/^nn\./, ""), kind: row.outcome === "call" ? "other" : "call", parents: [], toneOf: () => tone(row), tone: tone(row), calls: () => [call] };
}

function foldNode(id, fold) {
  const calls = () => Array.from({ length: fold.last - fold.first }, (_, n) => fold.first + n);
  const toneOf = () => tone(worstOf(fold));
  return { id, label: `${fold.label}  ${fold.last - fold.first}`, kind: "fold", parents: [], toneOf, tone: toneOf(), calls };
}

/** The call of a fold that asks most of a person. */
function worstOf(fold) {
  const keys = (state.colour === "verdict" ? ["exact", "within bound", "not compared", "different"] : OUTCOMES.map(([key]) => key).filter((key) => key !== "left out"));
  const rank = (row) => keys.indexOf((state.colour === "verdict" ? row.verdict : row.outcome) ?? "");
  let worst = CALLS[fold.first];
  for (let call = fold.first; call < fold.last; call++) if (rank(CALLS[call]) > rank(worst)) worst = CALLS[call];
  return worst;
}

function foldSentence(fold) {
  return `${fold.label}, a group of ${count(fold.last - fold.first, "call")}, ${fold.first + 1} to ${fold.last}`;
}
