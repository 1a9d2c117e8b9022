// The frame: views as tabs, colour theme, keys, the address of what is selected.

const views = [];
let current = null;

function goTo(name) {
  const view = views.find((item) => item.name === name);
  if (view && view !== current) show(view);
}

function show(view, focus = false) {
  current = view;
  for (const item of views) {
    const on = item === view;
    item.tab.setAttribute("aria-selected", String(on));
    item.tab.tabIndex = on ? 0 : -1;
    item.panel.hidden = !on;
  }
  if (focus) view.tab.focus();
  view.shown?.();
}

function addView(view, note = "") {
  const key = view.name.toLowerCase();
  view.tab = el("button.tab", { type: "button", role: "tab", id: `tab-${key}`, "aria-controls": `panel-${key}`, "aria-selected": "false", onclick: () => show(view) }, view.name, note ? el("span.count", {}, note) : null);
  view.panel = el("div.panel", { role: "tabpanel", id: `panel-${key}`, "aria-labelledby": `tab-${key}`, hidden: true }, view.root);
  // What scrolls can be reached by keys, also where nothing in it can.
  if (view.root.matches(".page, .plot-view")) view.root.tabIndex = 0;
  views.push(view);
  document.getElementById("tabs").append(view.tab);
  document.getElementById("main").append(view.panel);
}

function build() {
  new Summary(document.getElementById("summary"));
  const search = new Search(document.getElementById("search"), document.getElementById("hits"));
  if (MODEL) {
    new Details(document.getElementById("details"));
    const findings = new FindingsView();
    if (MODEL.left) addView(new CompareView());
    if (MODEL.left && CALLS.length) addView(new ModelGraph());
    if (CALLS.some((row) => row.verdict)) addView(new PlotView());
    addView(findings, findings.number ? String(findings.number) : "");
    addView(new OperatorsView());
  }
  if (PAGE.passes) addView(new PassesView());
  if (PAGE.campaign) addView(new MatrixView());
  document.getElementById("subtitle").textContent = subtitle();
  return search;
}

function subtitle() {
  if (!MODEL) return "";
  const said = MODEL.left ? [`Relay → Relax ${MODEL.release}`, MODEL.complete ? "everything is converted" : "not everything is converted"] : [];
  return [...said, ...(MODEL.verdict ? [MODEL.verdict.outcome] : [])].join(" · ");
}

/** Colours: as the system says, or as was chosen here. */
const THEMES = [["", "◐", "as the system"], ["light", "☀", "light"], ["dark", "☾", "dark"]];
function theme(name) {
  const [, sign, words] = THEMES.find(([key]) => key === name) ?? THEMES[0];
  if (name) document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
  const button = document.getElementById("theme");
  button.setAttribute("aria-label", `Colour theme: ${words}`);
  button.title = `Colour theme: ${words}`;
  button.firstElementChild.textContent = sign;
  try { localStorage.setItem("relay2relax-theme", name); } catch { /* kept nowhere */ }
  emit("theme");
}

function savedTheme() {
  try { return localStorage.getItem("relay2relax-theme") ?? ""; } catch { return ""; }
}

/** The next call that passes the filters. */
function step(by) {
  for (let call = state.selected + by; call >= 0 && call < CALLS.length; call += by) if (passes(call)) { select(call, "keys"); announce(sentence(call)); return; }
}

function keys(event, search) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input[type=search], select, dialog")) return;
  if (event.key === "/") search.input.focus();
  else if (event.key === "?") document.getElementById("shortcuts").showModal();
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key >= "1" && event.key <= "9" && views[event.key - 1]) show(views[event.key - 1], true);
  else if (event.key === "Escape") { if (state.selected >= 0 || state.fold >= 0) { select(-1); state.fold = -1; emit("select", -1, ""); } else clearFilters(); }
  else return;
  event.preventDefault();
}

const search = build();
theme(savedTheme());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => emit("theme"));
document.getElementById("theme").addEventListener("click", () => theme(THEMES[(THEMES.findIndex(([key]) => key === (document.documentElement.dataset.theme ?? "")) + 1) % THEMES.length][0]));
document.getElementById("keys").addEventListener("click", () => document.getElementById("shortcuts").showModal());
document.addEventListener("keydown", (event) => keys(event, search));
document.getElementById("tabs").addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (by) { show(views[(views.indexOf(current) + by + views.length) % views.length], true); event.preventDefault(); }
});
on("hover", (call) => { document.getElementById("hovered").textContent = call >= 0 ? sentence(call) : ""; });
on("select", (call) => { try { history.replaceState(null, "", call >= 0 ? `#call-${call + 1}` : "#"); } catch { /* no address here */ } });
on("line", (line) => { const view = views.find((item) => item.name === "Compare"); view?.left.go(line - 1); });
if (views.length) show(views[0]);
const wanted = /^#call-(\d+)$/.exec(location.hash);
if (wanted && Number(wanted[1]) <= CALLS.length) select(Number(wanted[1]) - 1);
document.documentElement.dataset.ready = "true";
