// The ledger of passes as a graph: what each builds on, what does its work in Relax, how that is known.

class PassesView {
  constructor() {
    this.name = "Passes";
    this.rows = new Map(PAGE.passes.map((row) => [row.name, row]));
    this.wanted = new Set();
    this.words = "";
    this.card = el("div.pass-card", { "aria-live": "polite" });
    this.graph = new Graph("Passes of Relay, and what they build on", {
      select: (id) => this.show(id), open: (id) => this.show(id), hover: () => {}, describe: (id) => this.describe(id),
    });
    const counts = tally(PAGE.passes.map((row) => row.status));
    const filters = STATUSES.filter((status) => counts.has(status)).map((status) =>
      el(`button.filter.${toneOf(status)}`, { type: "button", "aria-pressed": "false", onclick: (event) => this.toggle(status, event.currentTarget) }, el("i.dot"), status, el("b", {}, String(counts.get(status)))));
    const search = el("input", { type: "search", placeholder: "Find a pass", "aria-label": "Find a pass", oninput: () => { this.words = search.value.toLowerCase(); this.draw(); } });
    this.list = el("ul.pass-list", { "aria-label": "Passes" });
    this.root = el("div.view.passes-view", {}, el("div.bar", {}, el("div.filters", { role: "group", "aria-label": "Status" }, filters), search, el("span.grow"), this.graph.tools()),
      el("div.passes-body", {}, el("div.pass-side", {}, this.list, this.card), this.graph.canvas));
    on("theme", () => this.graph.restyle());
  }

  shown() {
    if (!this.graph.cy) this.draw();
  }

  toggle(status, button) {
    const pressed = !this.wanted.delete(status);
    if (pressed) this.wanted.add(status);
    button.setAttribute("aria-pressed", String(pressed));
    this.draw();
  }

  matches(row) {
    return (!this.wanted.size || this.wanted.has(row.status)) && (!this.words || [row.name, ...Object.values(row.relax).flat()].some((name) => name.toLowerCase().includes(this.words)));
  }

  draw() {
    const rows = PAGE.passes.filter((row) => this.matches(row));
    // Those of that name come before those that Relax does by a pass of that name.
    if (this.words) rows.sort((a, b) => b.name.toLowerCase().includes(this.words) - a.name.toLowerCase().includes(this.words));
    this.list.replaceChildren(...rows.map((row) => el("li", {}, el("button.pass", { type: "button", onclick: () => { this.graph.choose(row.name, true); this.graph.reveal(row.name); } }, el(`i.dot.${toneOf(row.status)}`), row.name))));
    // Passes that nothing ties to another stand in the list alone.
    const shown = new Map(rows.map((row) => [row.name, row]));
    for (const row of rows) for (const need of row.needs) if (this.rows.has(need)) shown.set(need, this.rows.get(need));
    const ordered = topological([...shown.values()]);
    // What nearly all build on would tie everything to everything; cards say it.
    const needed = tally(PAGE.passes.flatMap((row) => row.needs));
    const isCommon = (name) => needed.get(name) > PAGE.passes.length / 5;
    const nodes = ordered.map((row) => ({ id: row.name, label: row.name, kind: "call", tone: toneOf(row.status), parents: row.needs.filter((need) => shown.has(need) && !isCommon(need)) }));
    const targets = new Map();
    for (const row of ordered) for (const name of newest(row)) targets.set(name, [...(targets.get(name) ?? []), row.name]);
    for (const [name, parents] of targets) nodes.push({ id: `relax ${name}`, label: name, kind: "other", tone: "t-relax", parents });
    this.graph.show(nodes, true);
  }

  describe(id) {
    const row = this.rows.get(id);
    return row ? `${row.name}, ${row.status}` : `${id.replace("relax ", "")}, a pass of Relax`;
  }

  show(id) {
    const row = this.rows.get(id);
    if (!row) {
      this.card.replaceChildren(...(id ? [el("h2", {}, id.replace("relax ", "")), el("p.faint", {}, "a pass of Relax"), el("p", {}, `does the work of ${PAGE.passes.filter((item) => newest(item).includes(id.replace("relax ", ""))).map((item) => item.name).join(", ")}`)] : []));
      return;
    }
    const proof = row.proof;
    const wrong = proof?.["wrong versions"];
    this.card.replaceChildren(el("h2", {}, row.name), el("p", {}, el(`span.badge.${toneOf(row.status)}`, {}, row.status)),
      definitions([["in Relax", newest(row).join(", ")], ["may change", row.contract ?? ""], ["builds on", row.needs.join(", ")], ["assumes", row.assumes.join("; ")], ["reason", row.reason], ["note", row.note],
        ["proof", proof ? `${proof.holds ? "holds" : "does not hold"} on ${proof.programs.toLocaleString("en")} programs, ${proof.changed.toLocaleString("en")} changed by it` : ""],
        ["wrong versions", wrong ? `${wrong.killed} of ${wrong.total} caught` : ""], ["evidence", row.evidence.join("\n")]]));
  }
}

function newest(row) {
  const releases = Object.keys(row.relax).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return releases.length ? row.relax[releases.at(-1)] : [];
}

/** Rows with those that they need before them. */
function topological(rows) {
  const known = new Map(rows.map((row) => [row.name, row])), done = new Map();
  const visit = (row) => {
    if (done.has(row.name)) return;
    done.set(row.name, null);
    for (const need of row.needs) if (known.has(need)) visit(known.get(need));
    done.delete(row.name);
    done.set(row.name, row);
  };
  rows.forEach(visit);
  return [...done.values()];
}
