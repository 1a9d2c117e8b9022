"""Reports in a real browser: links, search, filters, keys, graphs, themes, accessibility, and how long it all takes.

Each test also fails for anything on the console, any exception, any request (see ``open_report``).
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from migrate.cli.main import main

Open = Callable[..., Any]
HEADER = '#[version = "0.0.5"]\n'
V = "Tensor[(3, 4), float32]"
FAILING = f"""{HEADER}def @helper(%a: {V}) -> {V} {{ nn.relu(tanh(%a)) }}
def @main(%x: {V}, %w: Tensor[(4, 4), float32], %i: Tensor[(1, 3, 8, 8), float32], %k: Tensor[(3, 3, 3), float32]) {{
  %0 = nn.dense(%x, %w, units=None);
  %1 = acme.probe(%0) /* ty={V} */;
  %2 = @helper(%1);
  %3 = image.dilation2d(%i, %k);
  (add(nn.relu(%2), multiply(%2, 2f)), %3)
}}
"""
LARGE = 10_000
OPENS_WITHIN, ANSWERS_WITHIN, FRAME_WITHIN = 5.0, 1.0, 0.25  # seconds
MODELS = ("resnet50", "bert_tiny", "failing")


def written(folder: Path, name: str, *args: object) -> Path:
    out = folder / f"{name}.html"
    result = CliRunner().invoke(main, ["report", *map(str, args), "-o", str(out)], catch_exceptions=False)
    assert out.exists(), result.output
    return out


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory, corpus: Any, chromium: Any) -> dict[str, Path]:
    del chromium  # without a browser there is nothing to write
    folder = tmp_path_factory.mktemp("reports")
    for name in MODELS[:2]:
        (folder / f"{name}.json").write_text(corpus("models").text(name, "module.json"))
    (folder / "failing.relay").write_text(FAILING)
    made = {name: written(folder, name, folder / f"{name}.json", "--verify") for name in MODELS[:2]}
    return {**made, "failing": written(folder, "failing", folder / "failing.relay", "--verify", "--passes")}


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Path:
    del chromium
    ops = ("nn.relu({0})", "tanh({0})", "add({0}, {1})", "multiply({0}, 0.5f)", "sigmoid({0})")
    lines, skip = list[str](), "%x"
    for number in range(LARGE):
        before = f"%{number - 1}" if number else "%x"
        op = ops[number % 5] if number % 50 else "nn.dense({0}, %w, units=4)"
        lines.append(f"  %{number} = {op.format(before, skip)} /* ty={V} */;")
        skip = f"%{number}" if number % 10 == 9 else skip
    folder = tmp_path_factory.mktemp("large")
    body = "\n".join(lines)
    text = f"{HEADER}def @main(%x: {V}, %w: Tensor[(4, 4), float32]) {{\n{body}\n  %{LARGE - 1}\n}}\n"
    (folder / "large.relay").write_text(text)
    return written(folder, "large", folder / "large.relay")


def line(page: Any, side: str, text: str) -> Any:
    return page.locator(f"[aria-label='{side} text'] .row", has_text=text).first


def hot(page: Any, side: str) -> list[str]:
    return page.locator(f"[aria-label='{side} text'] .row.hot .code").all_inner_texts()


# ---------------------------------------------------------------- links, keys, search, filters


@pytest.mark.parametrize(
    ("name", "relay", "relax"),
    [
        ("resnet50", "nn.conv2d(", "R.nn.conv2d("),
        ("bert_tiny", "nn.layer_norm(", "R.nn.layer_norm("),
        ("failing", "acme.probe(", "unsupported_acme_probe"),
    ],
)
def test_what_is_pointed_at_on_one_side_is_shown_on_the_other(
    open_report: Open, reports: dict[str, Path], name: str, relay: str, relax: str
) -> None:
    page = open_report(reports[name])
    line(page, "Relay", relay).hover()
    assert all(relax in text for text in hot(page, "Relax"))
    assert len(hot(page, "Relax")) == 1
    line(page, "Relax", f"= {relax}" if name != "failing" else f"cls.{relax}").hover()
    assert all(relay in text for text in hot(page, "Relay"))
    assert len(hot(page, "Relay")) == 1
    assert relay.rstrip("(") in page.locator("#hovered").inner_text()


def test_operators_of_one_line_are_pointed_at_one_by_one(open_report: Open, reports: dict[str, Path]) -> None:
    page = open_report(reports["failing"])
    both = line(page, "Relay", "add(nn.relu(%2)")
    for op, said in (("nn.relu", "R.nn.relu("), ("multiply", "R.multiply(")):
        both.locator(".op", has_text=op).hover()
        (text,) = hot(page, "Relax")
        assert said in text
    line(page, "Relay", "nn.dense").hover()
    assert len(hot(page, "Relax")) == 2


def test_keys_move_through_a_text_and_its_other_side(open_report: Open, reports: dict[str, Path]) -> None:
    page = open_report(reports["failing"])
    left = page.locator("[aria-label='Relay text']")
    left.focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    active = page.locator(f"#{left.get_attribute('aria-activedescendant')}")
    assert active.get_attribute("aria-selected") == "true"
    assert "nn.dense" in active.inner_text()
    assert page.locator("#details h2").inner_text() == "nn.dense"
    assert page.locator("[aria-label='Relax text'] .row.chosen").count() == 2
    page.keyboard.press("j")
    assert page.locator("#details h2").inner_text() == "acme.probe"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Relax text"
    page.keyboard.press("Escape")
    assert page.locator(".row.chosen").count() == 0


def test_search_goes_from_hit_to_hit_in_text_and_graph(open_report: Open, reports: dict[str, Path]) -> None:
    page = open_report(reports["resnet50"])
    page.keyboard.press("/")
    page.keyboard.type("global_avg_pool2d")
    page.wait_for_selector("#hits:not(:empty)")
    assert page.locator("#hits").inner_text() == "1 hit"
    page.keyboard.press("Enter")
    page.wait_for_selector("mark")
    assert "nn.global_avg_pool2d" in page.locator("[aria-label='Relay text'] .row.chosen").inner_text()
    assert "adaptive_avg_pool2d" in page.locator("[aria-label='Relax text'] .row.chosen").inner_text()
    page.get_by_role("tab", name="Graph").click()
    page.wait_for_selector(".graph canvas")
    assert "nn.global_avg_pool2d" in page.locator("#details h2").inner_text()


@pytest.mark.parametrize(
    ("outcome", "op"), [("call_tir", "image.dilation2d"), ("expanded", "nn.dense"), ("opaque", "acme.probe")]
)
def test_filters_leave_what_they_name(open_report: Open, reports: dict[str, Path], outcome: str, op: str) -> None:
    page = open_report(reports["failing"])
    button = page.locator(f"[data-filter='{outcome}']")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    page.wait_for_selector(".hidden-lines")
    bright = page.locator("[aria-label='Relay text'] .row.has-call:not(.dim)").all_inner_texts()
    assert len(bright) == 1
    assert op in bright[0]
    page.get_by_role("tab", name="Operators").click()
    assert page.locator(".operators tbody tr").count() == 1
    button.click()
    assert page.locator(".operators tbody tr").count() > 5


def test_a_failing_case_says_what_to_do_and_where(open_report: Open, reports: dict[str, Path]) -> None:
    page = open_report(reports["failing"])
    page.get_by_role("tab", name="Findings").click()
    card = page.locator(".finding", has_text="R2R0402")
    assert "What to do" in card.inner_text()
    card.locator("button.link").click()
    assert page.get_by_role("tab", name="Compare").get_attribute("aria-selected") == "true"
    assert "acme.probe" in page.locator("[aria-label='Relay text'] .row.chosen").inner_text()
    assert "acme.probe" in page.locator("#details h2").inner_text()


# ---------------------------------------------------------------- graph, plot, passes


def test_the_graph_folds_and_unfolds_by_keys(open_report: Open, reports: dict[str, Path]) -> None:
    page = open_report(reports["resnet50"])
    page.get_by_role("tab", name="Graph").click()
    graph = page.locator(".graph-view .graph")
    graph.focus()
    page.keyboard.press("ArrowRight")
    assert "a group of" in page.locator("#announcer").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_selector(".crumb")
    page.keyboard.press("ArrowDown")
    assert "call " in page.locator("#announcer").inner_text()
    page.keyboard.press("Backspace")
    page.wait_for_selector(".crumb", state="detached")


def test_edges_can_be_drawn_around_what_lies_between(open_report: Open, tmp_path: Path, corpus: Any) -> None:
    model = tmp_path / "lstm.json"
    model.write_text(corpus("models").text("torch_lstm", "module.json"))
    page = open_report(written(tmp_path, "lstm", model))
    page.get_by_role("tab", name="Graph").click()
    page.wait_for_selector(".graph canvas")
    page.get_by_role("button", name="Unfold all").click()
    page.wait_for_selector("[data-parts='232']")
    page.wait_for_timeout(500)


def test_the_plot_moves_along_the_model(open_report: Open, reports: dict[str, Path]) -> None:
    page = open_report(reports["resnet50"])
    page.get_by_role("tab", name="Divergence").click()
    page.wait_for_selector(".plot canvas")
    page.locator(".plot").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.locator("#announcer").inner_text().startswith("call 2: ")
    assert page.locator(".worst tbody tr, .worst tr").count() > 5


def test_passes_are_found_and_explained(open_report: Open, reports: dict[str, Path]) -> None:
    page = open_report(reports["failing"])
    page.get_by_role("tab", name="Passes").click()
    page.wait_for_selector(".passes-view .graph canvas")
    page.get_by_label("Find a pass").fill("FoldConstant")
    page.locator(".pass").first.click()
    assert "FoldConstant" in page.locator(".pass-card h2").inner_text()


# ---------------------------------------------------------------- themes, addresses, accessibility


def test_colours_follow_the_system_until_one_is_chosen(open_report: Open, reports: dict[str, Path]) -> None:
    page = open_report(reports["failing"], color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    for _ in range(2):
        page.locator("#theme").click()
        if page.locator("html[data-theme=light]").count():
            break
    assert page.evaluate(background) != dark


def test_a_selection_has_an_address(open_report: Open, reports: dict[str, Path]) -> None:
    page = open_report(reports["failing"])
    line(page, "Relay", "acme.probe").click()
    address = page.evaluate("location.hash")
    page.reload()
    page.wait_for_selector("#details:not([hidden])")
    assert page.evaluate("location.hash") == address
    assert "acme.probe" in page.locator("#details h2").inner_text()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (600, 800)])
def test_no_serious_barrier(
    open_report: Open, reports: dict[str, Path], name: str, scheme: str, size: tuple[int, int]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_report(reports[name], color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    line(page, "Relay", "nn.").click()
    page.locator(".filter").first.click()
    found: list[str] = []
    for tab in page.get_by_role("tab").all():
        tab.click()
        page.wait_for_timeout(300)
        for item in axe.run(page).response["violations"]:
            where = "; ".join(node["html"] for node in item["nodes"][:3])
            found.append(f"{tab.inner_text()}: {item['impact']} {item['id']}: {where}")
    assert not [item for item in found if ": serious " in item or ": critical " in item], "\n".join(found)


# ---------------------------------------------------------------- large models


def frames(page: Any, steps: int, move: str) -> float:
    """The longest time between two frames, in seconds, while something moves."""
    return page.evaluate(
        f"""async () => {{
            const step = {move};
            let worst = 0, last = performance.now();
            for (let n = 0; n < {steps}; n++) {{
                step(n);
                await new Promise((done) => requestAnimationFrame(done));
                const now = performance.now();
                worst = Math.max(worst, now - last);
                last = now;
            }}
            return worst / 1000;
        }}"""
    )


def test_a_module_of_10000_calls_opens_at_once_and_stays_responsive(
    open_report: Open, large: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds: dict[str, float] = {}

    def timed(what: str, act: Callable[[], Any]) -> None:
        start = time.perf_counter()
        act()
        seconds[what] = time.perf_counter() - start

    holder: list[Any] = []
    timed("open", lambda: (holder.append(open_report(large)), holder[0].wait_for_selector(".row")))
    page = holder[0]
    assert page.locator("*").count() < 5000
    seconds["longest frame while scrolling"] = frames(
        page, 60, "(n) => { document.querySelector('.text').scrollTop = n * 3000; }"
    )
    page.locator("#search").fill("tanh")
    timed("search", lambda: page.wait_for_selector("#hits:not(:empty)"))
    timed("filter", lambda: (page.locator("[data-filter=expanded]").click(), page.wait_for_selector(".hidden-lines")))
    page.locator("[data-filter=expanded]").click()
    tab = page.get_by_role("tab", name="Graph")
    timed("graph", lambda: (tab.click(), page.wait_for_selector(".graph canvas")))
    unfold = page.get_by_role("button", name="Unfold all")
    timed("unfold all", lambda: (unfold.click(), page.wait_for_selector("[data-parts='10000']")))
    told = ", ".join(f"{what} {value:.2f} s" for what, value in seconds.items())
    with capsys.disabled():
        print(f"\n10,000 calls, {large.stat().st_size / 1e6:.1f} MB: {told}")
    assert seconds["open"] < OPENS_WITHIN
    assert seconds["search"] < ANSWERS_WITHIN
    assert seconds["filter"] < ANSWERS_WITHIN
    assert seconds["graph"] < ANSWERS_WITHIN * 2
    assert seconds["longest frame while scrolling"] < FRAME_WITHIN
