// A text of any length: only the lines in sight are elements. Lines are rows of a list box, operators marks in them.

const ROW = 20;
const OVERSCAN = 12;
const SHOWN = 1200; // characters of a line; signatures of large models have thousands
const TOKENS = {
  Relay: /( ?\/\*.*?\*\/|\/\/.*$)|("(?:[^"\\]|\\.)*")|([%@][\w.$]+)|\b(def|let|if|else|fn|ref|type|match|extern|Tensor|True|False|meta)\b|(-?\b\d[\w.+]*)/g,
  Relax: /(#.*$)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(@[\w.]+)|\b(def|class|return|if|else|with|for|in|import|from|as|None|True|False)\b|(-?\b\d[\w.+-]*)/g,
};
const KINDS = ["comment", "string", "name", "keyword", "number"];

class TextPane {
  /** side: "left" or "right"; lineCalls: by line the calls it says, with columns where they are known. */
  constructor(side, text, lineCalls) {
    this.side = side;
    this.text = text;
    this.lineCalls = lineCalls;
    this.hideTypes = false;
    this.active = 0; // position in view
    this.mark = 0; // which call of the active line
    this.opened = new Set();
    this.sizer = el("div.sizer");
    this.rows = el("div.rows", { role: "presentation" });
    this.list = el("div.text", {
      tabindex: "0", role: "listbox", "aria-label": `${text.language} text`,
      onkeydown: (event) => this.key(event),
      onscroll: () => this.later(),
      onmouseover: (event) => hover(callAt(event.target)),
      onmouseleave: () => hover(-1),
      onclick: (event) => this.click(event),
    }, this.sizer, this.rows);
    this.root = el("section.pane", { "aria-label": text.language },
      el("div.pane-head", {}, el("b", {}, text.language), el("span.path", { title: text.name }, text.name),
        text.printed && side === "left" ? el("span.note", { title: "the file holds JSON; this is its text" }, "printed from JSON") : null),
      this.list);
    this.onuser = () => {};
    this.filter();
    new ResizeObserver(() => this.later()).observe(this.list);
  }

  /** Choose which lines are in view: all, or those of calls that pass the filters with a few around. */
  filter() {
    const lines = this.text.lines.length;
    const kept = this.view ? this.view[this.active] : null;
    this.view = [];
    if (!isFiltered()) for (let n = 0; n < lines; n++) this.view.push(n);
    else {
      const wanted = new Uint8Array(lines);
      for (const [line, marks] of this.lineCalls) {
        if (marks.some((mark) => passes(mark.call)) && line <= lines) {
          for (let n = Math.max(0, line - 2); n <= Math.min(lines - 1, line); n++) wanted[n] = 1;
        }
      }
      for (let n = 0; n < lines; ) {
        if (wanted[n]) { this.view.push(n++); continue; }
        const from = n;
        while (n < lines && !wanted[n]) n++;
        if (this.opened.has(from) || n - from <= 2) for (let m = from; m < n; m++) this.view.push(m);
        else this.view.push({ from, to: n });
      }
    }
    this.index = new Map();
    this.view.forEach((item, place) => { if (typeof item === "number") this.index.set(item, place); });
    this.active = Math.min(Math.max(0, typeof kept === "number" ? this.index.get(kept) ?? 0 : 0), Math.max(0, this.view.length - 1));
    this.sizer.style.height = `${this.view.length * ROW}px`;
    this.first = -1;
    this.later();
  }

  later() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => { this.pending = 0; this.draw(); });
  }

  draw() {
    const height = this.list.clientHeight;
    if (!height) return;
    const first = Math.max(0, Math.floor(this.list.scrollTop / ROW) - OVERSCAN);
    const last = Math.min(this.view.length, Math.ceil((this.list.scrollTop + height) / ROW) + OVERSCAN);
    if (first === this.first && last === this.last) return;
    this.first = first;
    this.last = last;
    const made = [];
    for (let place = first; place < last; place++) made.push(this.row(place));
    this.rows.replaceChildren(...made);
    this.rows.style.transform = `translateY(${first * ROW}px)`;
    this.describe();
    if (this.onscroll && !this.quiet) this.onscroll(this);
    this.quiet = false;
  }

  redraw() {
    this.first = -1;
    this.later();
  }

  row(place) {
    const item = this.view[place];
    const id = `${this.side}-${place}`;
    const common = { id, role: "option", "aria-setsize": this.view.length, "aria-posinset": place + 1, "data-place": place };
    if (typeof item !== "number") {
      return el("div.row.hidden-lines", { ...common, "aria-selected": "false" }, el("span.gutter"), el("span.code", {}, `⋯ ${count(item.to - item.from, "line")}`));
    }
    const marks = this.lineCalls.get(item + 1) ?? [];
    const call = marks.length ? marks[0].call : -1;
    const row = el("div.row", { ...common, "aria-selected": String(place === this.active), "aria-label": this.text.lines[item].trim() ? undefined : "blank line", "data-call": marks.length === 1 ? call : undefined });
    const gutter = el("span.gutter", { "aria-hidden": "true" }, String(item + 1));
    if (marks.length) {
      row.classList.add("has-call", ...new Set(marks.map((mark) => tone(CALLS[mark.call]))));
      const worst = marks.find((mark) => CALLS[mark.call].verdict === "different") ?? marks[0];
      const verdict = CALLS[worst.call].verdict;
      if (verdict) gutter.append(el(`i.sign.v-${verdict.replace(/ /g, "-")}`));
      if (marks.every((mark) => !passes(mark.call))) row.classList.add("dim");
    }
    row.append(gutter, this.code(item, marks));
    row.classList.toggle("hot", marks.some((mark) => mark.call === state.hovered));
    row.classList.toggle("chosen", marks.some((mark) => mark.call === state.selected));
    return row;
  }

  /** A line with its tokens in colour, its operators marked, and what is searched for. */
  code(line, marks) {
    const whole = this.text.lines[line];
    const text = whole.length > SHOWN ? whole.slice(0, SHOWN) : whole;
    const parts = [];
    const known = marks.filter((mark) => mark.from >= 0);
    let at = 0;
    const plain = (to) => { if (to > at) this.operators(parts, text, at, to, known); at = to; };
    for (const match of text.matchAll(TOKENS[this.text.language])) {
      plain(match.index);
      at += match[0].length;
      const kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)];
      if (kind === "comment" && this.hideTypes && match[0].includes("/*")) continue;
      parts.push(...this.found(match[0], (piece) => el(`span.${kind}`, {}, piece)));
    }
    plain(text.length);
    if (whole.length > SHOWN) parts.push(el("span.more", {}, ` … ${(whole.length - SHOWN).toLocaleString("en")} more characters`));
    return el("span.code", {}, parts);
  }

  operators(parts, text, from, to, marks) {
    let at = from;
    for (const mark of marks) {
      if (mark.from < at || mark.from >= to) continue;
      parts.push(...this.found(text.slice(at, mark.from), (piece) => piece));
      const end = Math.min(to, mark.to);
      parts.push(el("span.op", { "data-call": mark.call, class: `op ${tone(CALLS[mark.call])}` }, ...this.found(text.slice(mark.from, end), (piece) => piece)));
      at = end;
    }
    parts.push(...this.found(text.slice(at, to), (piece) => piece));
  }

  /** Pieces of a text, what is searched for marked. */
  found(text, made) {
    const wanted = state.query.toLowerCase();
    if (!wanted || !text) return text ? [made(text)] : [];
    const pieces = [];
    const lower = text.toLowerCase();
    let at = 0;
    for (let hit = lower.indexOf(wanted); hit >= 0; hit = lower.indexOf(wanted, at)) {
      if (hit > at) pieces.push(made(text.slice(at, hit)));
      pieces.push(el("mark", {}, text.slice(hit, hit + wanted.length)));
      at = hit + wanted.length;
    }
    if (at < text.length) pieces.push(made(text.slice(at)));
    return pieces;
  }

  /** Bring classes of rows in sight up to date, without drawing them again. */
  touch() {
    for (const row of this.rows.children) {
      const place = Number(row.dataset.place);
      const marks = this.lineCalls.get(this.view[place] + 1) ?? [];
      row.classList.toggle("hot", marks.some((mark) => mark.call === state.hovered));
      row.classList.toggle("chosen", marks.some((mark) => mark.call === state.selected));
      row.setAttribute("aria-selected", String(place === this.active));
      for (const op of row.querySelectorAll(".op")) {
        op.classList.toggle("hot", Number(op.dataset.call) === state.hovered);
        op.classList.toggle("chosen", Number(op.dataset.call) === state.selected);
      }
    }
    this.describe();
  }

  describe() {
    const id = `${this.side}-${this.active}`;
    if (this.active >= this.first && this.active < this.last) this.list.setAttribute("aria-activedescendant", id);
    else this.list.removeAttribute("aria-activedescendant");
  }

  line() {
    const item = this.view[this.active];
    return typeof item === "number" ? item : -1;
  }

  /** Make a line (from 0) the active one, and bring it into sight; `near`: at the height it has on the other side. */
  go(line, near = null) {
    if (!this.index.has(line)) {
      const hidden = this.view.find((item) => typeof item !== "number" && item.from <= line && line < item.to);
      if (!hidden) return;
      this.opened.add(hidden.from);
      this.filter();
    }
    this.active = this.index.get(line);
    this.scrollTo(this.active, near);
    this.touch();
  }

  scrollTo(place, near = null) {
    const top = place * ROW;
    const seen = top >= this.list.scrollTop && top + ROW <= this.list.scrollTop + this.list.clientHeight;
    if (near === null && seen) return;
    const wanted = near === null ? top - this.list.clientHeight / 2 : top - near;
    if (Math.abs(wanted - this.list.scrollTop) > 1) {
      this.quiet = true;
      this.list.scrollTop = wanted;
    }
    this.later();
  }

  click(event) {
    const row = event.target.closest(".row");
    if (!row) return;
    const item = this.view[Number(row.dataset.place)];
    if (typeof item !== "number") {
      this.opened.add(item.from);
      this.filter();
      return;
    }
    this.active = Number(row.dataset.place);
    const marks = this.lineCalls.get(item + 1) ?? [];
    const call = callAt(event.target);
    if (call >= 0) select(call, this.side);
    else if (marks.length) select(marks[0].call, this.side);
    this.touch();
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.list.clientHeight / ROW) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const marks = this.lineCalls.get(this.line() + 1) ?? [];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) {
      this.active = Math.min(this.view.length - 1, Math.max(0, this.active + steps[event.key]));
      this.mark = 0;
      this.follow();
    } else if ((event.key === "ArrowRight" || event.key === "ArrowLeft") && marks.length > 1) {
      this.mark = (this.mark + (event.key === "ArrowRight" ? 1 : marks.length - 1)) % marks.length;
      this.follow();
    } else if (event.key === "Enter") {
      const item = this.view[this.active];
      if (typeof item !== "number") { this.opened.add(item.from); this.filter(); }
      else this.onuser("other");
    } else return;
    event.preventDefault();
  }

  /** The active line was moved by keys: show it, and its call on the other side. */
  follow() {
    this.scrollTo(this.active);
    const marks = this.lineCalls.get(this.line() + 1) ?? [];
    if (marks.length) select(marks[Math.min(this.mark, marks.length - 1)].call, this.side);
    this.touch();
  }
}

function callAt(target) {
  const found = target.closest?.("[data-call]");
  return found ? Number(found.dataset.call) : -1;
}
