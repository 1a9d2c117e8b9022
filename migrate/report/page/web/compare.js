// Both texts side by side: what is pointed at on one side is shown on the other.

class CompareView {
  constructor() {
    this.name = "Compare";
    this.left = new TextPane("left", MODEL.left, leftLines());
    this.right = new TextPane("right", MODEL.right, rightLines());
    this.anchors = anchors();
    this.follow = true;
    const types = el("input", { type: "checkbox", checked: true, onchange: () => { this.left.hideTypes = !types.checked; this.left.redraw(); } });
    const follow = el("input", { type: "checkbox", checked: true, onchange: () => { this.follow = follow.checked; } });
    const tied = CALLS.filter((row) => row.right.length).length;
    this.root = el("div.view.compare", {},
      el("div.bar", {},
        el("label", {}, types, " types"), el("label", {}, follow, " scroll together"),
        el("span.grow"), el("span.faint", {}, `${tied.toLocaleString("en")} of ${count(CALLS.length, "call")} tied to lines on the right`)),
      el("div.panes", {}, this.left.root, this.right.root));
    for (const [pane, other] of [[this.left, this.right], [this.right, this.left]]) {
      pane.onscroll = () => { if (this.follow) this.scrollLike(pane, other); };
      pane.onuser = () => other.list.focus();
    }
    on("hover", () => this.touch());
    on("select", (call, from) => this.show(call, from));
    on("filter", () => { this.left.opened.clear(); this.right.opened.clear(); this.left.filter(); this.right.filter(); this.align(); });
    on("search", () => this.redraw());
    on("colour", () => this.redraw());
  }

  shown() {
    this.redraw();
    if (state.selected >= 0) this.show(state.selected, "");
    else if (!this.wasShown) this.begin();
    this.wasShown = true;
  }

  /** Start at the first call: what comes before may be pages of types. */
  begin() {
    const lines = [...this.left.lineCalls.keys()];
    const first = lines.length ? lines.reduce((least, line) => Math.min(least, line)) : 0;
    this.left.list.scrollTop = Math.max(0, first - 6) * ROW;
  }

  touch() {
    this.left.touch();
    this.right.touch();
  }

  redraw() {
    this.left.redraw();
    this.right.redraw();
  }

  align() {
    if (state.selected >= 0 && passes(state.selected)) this.show(state.selected, "");
  }

  show(call, from) {
    if (call >= 0) {
      const row = CALLS[call];
      const panes = { left: [this.left, row.at ? row.at[0] - 1 : -1], right: [this.right, row.right.length ? row.right[row.right.length - 1] - 1 : -1] };
      const first = from === "right" ? "right" : "left";
      const [pane, line] = panes[first];
      const [other, otherLine] = panes[first === "left" ? "right" : "left"];
      if (line >= 0 && from !== first) pane.go(line);
      if (otherLine >= 0) {
        const height = line >= 0 ? pane.index.get(line) * ROW - pane.list.scrollTop : null;
        other.go(otherLine, this.follow ? height : null);
      }
    }
    this.touch();
  }

  /** Bring the other side to what stands in the middle of this one. */
  scrollLike(pane, other) {
    const offset = pane.list.clientHeight / 2;
    const middle = pane.view[Math.min(pane.view.length - 1, Math.floor((pane.list.scrollTop + offset) / ROW))];
    const line = typeof middle === "number" ? middle : middle?.from ?? 0;
    const wanted = this.counterpart(line, pane.side === "left" ? 0 : 1);
    if (!other.index.size) return;
    const place = nearest(other, Math.round(wanted));
    const top = place * ROW - offset;
    const limited = Math.max(0, Math.min(top, other.view.length * ROW - other.list.clientHeight));
    if (Math.abs(limited - other.list.scrollTop) > ROW) {
      other.quiet = true;
      other.list.scrollTop = limited;
    }
  }

  counterpart(line, side) {
    const list = this.anchors;
    let low = 0, high = list.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (list[middle][side] <= line) low = middle; else high = middle - 1;
    }
    const [before, after] = [list[low], list[Math.min(low + 1, list.length - 1)]];
    const span = after[side] - before[side];
    const share = span > 0 ? Math.min(1, (line - before[side]) / span) : 0;
    return before[1 - side] + share * (after[1 - side] - before[1 - side]);
  }
}

function nearest(pane, line) {
  for (let away = 0; away < 400; away++) {
    if (pane.index.has(line - away)) return pane.index.get(line - away);
    if (pane.index.has(line + away)) return pane.index.get(line + away);
  }
  return 0;
}

/** By line of the left text, its calls with the columns of their names. */
function leftLines() {
  const found = new Map();
  CALLS.forEach((row, call) => {
    if (!row.at) return;
    const [line, column] = row.at;
    const mark = { call, from: column - 1, to: column - 1 + row.op.length };
    if (!MODEL.left.lines[line - 1]?.startsWith(row.op, mark.from)) mark.to = mark.from + 1;
    if (!found.has(line)) found.set(line, []);
    found.get(line).push(mark);
  });
  for (const marks of found.values()) marks.sort((a, b) => a.from - b.from);
  return found;
}

/** By line of the right text, its calls; a line says one operator, whose name is marked. */
function rightLines() {
  const found = new Map();
  CALLS.forEach((row, call) => {
    for (const line of row.right) {
      const text = MODEL.right.lines[line - 1] ?? "";
      const match = /= ((?:R|T|cls|Module)(?:\.\w+)+)/.exec(text) ?? /^\s*((?:R|cls)(?:\.\w+)+)/.exec(text);
      const from = match ? match.index + match[0].length - match[1].length : -1;
      if (!found.has(line)) found.set(line, []);
      found.get(line).push({ call, from, to: match ? from + match[1].length : -1 });
    }
  });
  return found;
}

/** Pairs of lines that belong together, growing on both sides. */
function anchors() {
  const pairs = CALLS.filter((row) => row.at && row.right.length).map((row) => [row.at[0] - 1, row.right[row.right.length - 1] - 1]);
  pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const kept = [[0, 0]];
  for (const pair of pairs) if (pair[0] > kept.at(-1)[0] && pair[1] > kept.at(-1)[1]) kept.push(pair);
  kept.push([MODEL.left.lines.length, MODEL.right.lines.length]);
  return kept;
}
