"""The report in the browser, without a browser: its data, what ties both texts, and that nothing in it can run or call
out beside what it lists.
"""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import migrate
import relay_compat.ir.expr as relay
from migrate.cli.main import main
from migrate.report.page.folds import folds
from migrate.report.page.html import assets, document, html
from migrate.report.page.links import aligned
from migrate.report.page.model_report import ModelReport, model_report
from migrate.report.page.relay_calls import relay_calls
from migrate.report.page.sections import passes_section
from migrate.report.page.sides import relax_side, relay_side, relay_side_of
from tensor_core.module import GlobalVar, IRModule

HEADER = '#[version = "0.0.5"]\n'
V = "Tensor[(3, 4), float32]"
REFUSING = f"""{HEADER}def @helper(%a: {V}) -> {V} {{ nn.relu(tanh(%a)) }}
def @main(%x: {V}, %w: Tensor[(4, 4), float32], %i: Tensor[(1, 3, 8, 8), float32], %k: Tensor[(3, 3, 3), float32]) {{
  %0 = nn.dense(%x, %w, units=None);
  %1 = acme.probe(%0) /* ty={V} */;
  %2 = @helper(%1);
  %3 = image.dilation2d(%i, %k);
  (add(nn.relu(%2), multiply(%2, 2f)), %3)
}}
"""
PLAIN = f"{HEADER}def @main(%x: {V}) {{ add(nn.relu(exp(%x)), tanh(%x)) }}\n"
HOSTILE = "</script><img src=x onerror=alert(1)>\N{LINE SEPARATOR}<!--<script>&amp;'\""
VOID = {"meta", "link", "input", "br", "img", "base"}


class Parsed(HTMLParser):
    """The elements of a page; an end tag must close the innermost open element."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.inside: list[int] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[int, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.inside.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.inside.pop()

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.texts[self.inside[-1]] = self.texts.get(self.inside[-1], "") + data

    def named(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attrs, self.texts.get(n, "")) for n, (found, attrs) in enumerate(self.elements) if found == tag]


@pytest.fixture(scope="module")
def schema(root: Path) -> Draft202012Validator:
    folder = root / "docs" / "reference"
    found = {p.name: json.loads(p.read_text()) for p in folder.glob("*.schema.json")}
    Draft202012Validator.check_schema(found["page.schema.json"])
    registry: Any = Registry().with_resources((name, Resource.from_contents(item)) for name, item in found.items())
    return Draft202012Validator(found["page.schema.json"], registry=registry)


def report_of(text: str, tmp_path: Path, name: str = "m.relay") -> ModelReport:
    path = tmp_path / name
    path.write_text(text)
    return model_report(relay_side(path))


def told(*args: object):
    return CliRunner().invoke(main, [str(arg) for arg in args], catch_exceptions=False)


def hostile_page() -> dict[str, Any]:
    function: Any = migrate.load(f"{HEADER}def @main(%x: {V}) {{ exp(%x) }}\n")["main"]
    x = relay.Var(HOSTILE, function.params[0].type_annotation)
    made = IRModule({GlobalVar("main"): relay.Function((x,), relay.Call(function.body.op, (x,)))})
    return document(HOSTILE, model_report(relay_side_of(made, HOSTILE)).to_json())


# ---------------------------------------------------------------- what the file is


def test_the_file_is_well_formed_and_refers_to_nothing_outside(tmp_path: Path) -> None:
    page = Parsed(html(document("m.relay", report_of(REFUSING, tmp_path).to_json(), passes_section())))
    assert not page.open
    for tag, attrs in page.elements:
        assert not {"src", "srcset", "style", "action", "formaction", "ping", "background"} & attrs.keys(), tag
        assert not any(name.startswith("on") for name in attrs), tag
        assert (attrs.get("href") or "#").startswith(("#", "data:")), tag
    assert not {"iframe", "object", "embed", "base", "img"} & {tag for tag, _ in page.elements}
    style = assets()[0]
    assert "@import" not in style
    assert "url(" not in style


def test_what_runs_is_listed_by_its_digest_and_nothing_else_may(tmp_path: Path) -> None:
    page = Parsed(html(document("m.relay", report_of(PLAIN, tmp_path).to_json())))
    (policy,) = (a["content"] for a, _ in page.named("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "blob:"} & set(policy.split())

    def digests(tag: str) -> list[str]:
        texts = [text for attrs, text in page.named(tag) if attrs.get("type") is None]
        return [f"'sha256-{base64.b64encode(hashlib.sha256(t.encode()).digest()).decode()}'" for t in texts]

    assert rules["script-src"].split() == digests("script")
    assert rules["style-src"].split() == digests("style")


def test_embedded_data_is_what_was_to_be_shown(tmp_path: Path, schema: Draft202012Validator) -> None:
    shown = document("m.relay", report_of(REFUSING, tmp_path).to_json(), passes_section())
    page = Parsed(html(shown))
    (data,) = (text for attrs, text in page.named("script") if attrs.get("id") == "data")
    assert json.loads(data) == json.loads(json.dumps(shown))
    schema.validate(json.loads(data))


def test_hostile_names_stay_text(schema: Draft202012Validator) -> None:
    shown = hostile_page()
    text = html(shown)
    page, plain = Parsed(text), Parsed(html(document("m")))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in plain.elements]
    (data,) = (found for attrs, found in page.named("script") if attrs.get("id") == "data")
    assert json.loads(data)["title"] == HOSTILE
    assert "onerror" in json.loads(data)["model"]["left"]["lines"][2]
    assert not {"<", ">", "&", "\N{LINE SEPARATOR}"} & set(data)
    assert "<img" not in text
    schema.validate(json.loads(data))


def test_each_library_comes_with_its_licence() -> None:
    vendor = Path(migrate.__file__).parent / "report" / "page" / "web" / "vendor"
    licences = (vendor / "LICENSES.txt").read_text()
    assert all(path.name in licences for path in vendor.iterdir() if path.name != "LICENSES.txt")
    assert "LICENSES.txt" in (Path(__file__).parents[2] / "NOTICE").read_text()


# ---------------------------------------------------------------- what ties both texts


def test_every_call_is_tied_to_the_lines_that_say_it(root: Path) -> None:
    found = model_report(relay_side(root / "examples" / "resnet18" / "module.relay")).to_json()
    left, right = found["left"]["lines"], found["right"]["lines"]
    assert len(found["calls"]) == 72
    for call in found["calls"]:
        line, column, *_ = call["at"]
        assert left[line - 1][column - 1 :].startswith(f"{call['op']}(")
        said = [re.search(r"= R\.([\w.]+)\(", right[n - 1]) for n in call["right"]]
        assert [f"relax.{match[1]}" for match in said if match] == call["relax"]


def test_an_expansion_is_tied_to_all_its_lines(tmp_path: Path) -> None:
    report = report_of(REFUSING, tmp_path).to_json()
    by_op = {call["op"]: call for call in report["calls"]}
    assert by_op["nn.dense"]["outcome"] == "expanded"
    assert len(by_op["nn.dense"]["right"]) == 2
    assert "unsupported_acme_probe" in report["right"]["lines"][by_op["acme.probe"]["right"][0] - 1]
    assert by_op["@helper"]["outcome"] == "call"
    assert "cls.helper(" in report["right"]["lines"][by_op["@helper"]["right"][0] - 1]
    assert {op: by_op[op]["outcome"] for op in ("acme.probe", "image.dilation2d")} == {
        "acme.probe": "opaque",
        "image.dilation2d": "call_tir",
    }
    assert report["counts"] == {"1:1": 5, "expanded": 1, "call_tir": 1, "opaque": 1}


def test_several_calls_of_one_line_are_told_apart(tmp_path: Path) -> None:
    report = report_of(PLAIN, tmp_path).to_json()
    assert [call["op"] for call in report["calls"]] == ["exp", "nn.relu", "tanh", "add"]
    assert len({tuple(call["at"]) for call in report["calls"]}) == 4
    assert [call["sources"] for call in report["calls"]] == [[], [0], [], [1, 2]]


def test_a_script_that_was_edited_keeps_the_ties_of_the_rest(tmp_path: Path) -> None:
    model, script = tmp_path / "m.relay", tmp_path / "m.py"
    model.write_text(PLAIN)
    text = migrate.convert(migrate.load(PLAIN)).script()
    old = next(line for line in text.splitlines() if "R.tanh" in line)
    script.write_text(text.replace(old, f"{old.replace('R.tanh', 'R.sin').replace('lv2', 'mine')}\n{old}"))
    found = model_report(relay_side(model), relax_side(script)).to_json()
    for call in found["calls"]:
        (line,) = call["right"]
        assert f"R.{call['relax'][0].removeprefix('relax.')}(" in found["right"]["lines"][line - 1]


def test_a_model_in_json_is_shown_as_text(tmp_path: Path, corpus) -> None:
    path = tmp_path / "bert.json"
    path.write_text(corpus("models").text("bert_tiny", "module.json"))
    side = relay_side(path)
    report = model_report(side)
    assert side.is_printed
    assert len(report.right_lines) == len(report.calls) == 183
    assert not any(line.startswith("#[metadata]") for line in side.lines())


def test_alignment_pairs_what_is_the_same() -> None:
    assert list(aligned("abcde", "abXde")) == [(0, 0), (1, 1), (3, 3), (4, 4)]
    assert list(aligned("abc", "abc")) == [(0, 0), (1, 1), (2, 2)]
    assert list(aligned("aab", "ab")) in ([(0, 0), (2, 1)], [(1, 0), (2, 1)])
    assert list(aligned("", "abc")) == []


# ---------------------------------------------------------------- folds


def chain(calls: int) -> str:
    lines = [f"  %{n} = nn.relu({f'%{n - 1}' if n else '%x'});" for n in range(calls)]
    return f"{HEADER}def @main(%x: {V}) {{\n" + "\n".join(lines) + f"\n  %{calls - 1}\n}}\n"


@pytest.mark.parametrize("calls", [1, 40, 41, 700, 3000])
def test_folds_nest_and_cover_everything(calls: int) -> None:
    found = folds(relay_calls(migrate.load(chain(calls))))
    if calls <= 40:
        assert not found
        return
    outer = [fold for fold in found if fold.parent is None]
    assert (outer[0].first, outer[-1].last) == (0, calls)
    assert len(outer) <= 60
    assert all(a.last == b.first for a, b in pairwise(outer))
    inner = {number: [f for f in found if f.parent == number] for number in range(len(found))}
    for number, parts in inner.items():
        if parts:
            assert (parts[0].first, parts[-1].last) == (found[number].first, found[number].last)
            assert all(a.last == b.first for a, b in pairwise(parts))
        else:
            assert found[number].last - found[number].first <= 28


def test_folds_are_cut_where_few_values_cross_and_named_by_weights(corpus) -> None:
    calls = relay_calls(migrate.load(corpus("models").text("resnet50", "module.json")))
    found = folds(calls)
    assert "stage3_unit3" in {fold.label for fold in found}
    for fold in found[1:]:
        assert len({s for call in calls[fold.first :] for s in call.sources if s < fold.first}) <= 2


# ---------------------------------------------------------------- verdicts


def test_a_verification_is_tied_to_calls(tmp_path: Path) -> None:
    report = report_of(PLAIN, tmp_path)
    wrong = report.right.text.replace("R.tanh", "R.sin")
    script = tmp_path / "wrong.py"
    script.write_text(wrong)
    verdict = migrate.verify(report.left.module, migrate.load(script), prove=False)
    found = report.judged_by(verdict.to_json(layers=True)).to_json()
    said = {call["op"]: call["verdict"] for call in found["calls"]}
    assert said["tanh"] == "different"
    assert said["exp"] in ("exact", "within bound")
    assert found["verdict"]["outcome"] == "different"
    assert "layers" not in found["verdict"]


def test_values_tie_what_a_conversion_says_otherwise(tmp_path: Path) -> None:
    model, script = tmp_path / "m.relay", tmp_path / "m.py"
    model.write_text(PLAIN)
    text = migrate.convert(migrate.load(PLAIN)).script()
    script.write_text(text.replace("R.nn.relu(lv)", 'R.maximum(lv, R.const(0, "float32"))'))
    found = model_report(relay_side(model), relax_side(script))
    number = [call.op for call in found.calls].index("nn.relu")
    assert number not in found.right_lines
    verdict = migrate.verify(found.left.module, found.right.module, prove=False)
    (line,) = found.judged_by(verdict.to_json(layers=True)).right_lines[number]
    assert "R.maximum" in script.read_text().splitlines()[line - 1]


# ---------------------------------------------------------------- the command


@pytest.fixture
def refusing(tmp_path: Path) -> Path:
    path = tmp_path / "m.relay"
    path.write_text(REFUSING)
    return path


def test_the_command_writes_one_file(refusing: Path, tmp_path: Path, schema: Draft202012Validator) -> None:
    out = tmp_path / "out.html"
    result = told("report", refusing, "--verify", "--passes", "-o", out, "--json")
    shown = json.loads(result.stdout)
    assert result.exit_code == shown["exit_code"] == 1
    assert shown["written"] == [str(out)]
    assert shown["model"]["verdict"]["outcome"] == "inconclusive"
    assert [item["code"] for item in shown["model"]["diagnostics"]] == ["R2R0402"]
    schema.validate(shown)
    assert Parsed(out.read_text()).open == []
    assert told("report", refusing, "--verify", "--passes", "-o", out).exit_code == 1
    changed = told("report", refusing, "-o", out)
    assert changed.exit_code == 2
    assert "R2R0702" in changed.stderr
    assert len(changed.stderr) < 1000


def test_a_good_model_exits_0_and_a_verdict_can_come_from_a_file(tmp_path: Path, schema: Draft202012Validator) -> None:
    model, script, verdict = tmp_path / "m.relay", tmp_path / "m.py", tmp_path / "v.json"
    model.write_text(PLAIN)
    assert told("convert", model, "-o", script).exit_code == 0
    verdict.write_text(told("verify", model, script, "--per-layer", "--json").stdout)
    result = told("report", model, script, "--verdict", verdict, "-o", tmp_path / "r.html", "--json")
    shown = json.loads(result.stdout)
    assert result.exit_code == 0
    assert {call["verdict"] for call in shown["model"]["calls"]} <= {"exact", "within bound"}
    schema.validate(shown)
    alone = json.loads(told("report", "--verdict", verdict, "-o", tmp_path / "v.html", "--json").stdout)
    assert alone["model"]["left"] is None
    assert [call["op"] for call in alone["model"]["calls"]] == ["exp", "nn.relu", "tanh", "add"]
    schema.validate(alone)


def test_a_campaign_can_be_shown_alone(tmp_path: Path, schema: Draft202012Validator) -> None:
    campaign = tmp_path / "c.json"
    campaign.write_text(told("fuzz", "--programs", 3, "--jobs", 1, "--size", 4, "--json").stdout)
    result = told("report", "--campaign", campaign, "-o", tmp_path / "c.html", "--json")
    shown = json.loads(result.stdout)
    assert shown["campaign"]["programs"] == 3
    assert shown["campaign"]["coverage"]["rules"]
    schema.validate(shown)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "nothing to show"),
        (["--verify"], "there is nothing to show"),
        (["{model}", "--verify", "--verdict", "{model}"], "--verify runs MODEL"),
        (["--verdict", "{model}"], "not JSON"),
        (["--verdict", "{list}"], "no verdict"),
        (["--verdict", "{layers}"], "no verdict"),
        (["--campaign", "{list}"], "no campaign"),
        (["{model}", "{model}"], "no Relax script"),
        (["{bytes}"], "not UTF-8"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(args: list[str], message: str, tmp_path: Path) -> None:
    files = {"model": PLAIN, "list": "[1]", "layers": '{"outcome": "exact", "layers": [{"op": "add"}]}'}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "bytes").write_bytes(b"\x98\x00")
    places = {name: str(tmp_path / name) for name in [*files, "bytes"]}
    result = told("report", *(arg.format(**places) for arg in args), "-o", tmp_path / "r.html")
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "r.html").exists()
