"""``relay2relax scan``: on a terminal, as JSON, as one HTML page, as SARIF; the schemas of scan, port and status."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from migrate.cli.main import main
from migrate.codemods.driver import Level
from migrate.codemods.lock import VERDICTS
from migrate.codemods.standing import State
from migrate.report.porting import FIRST_MINUTES, MORE_MINUTES

CALL = "from tvm import relay\n\nc = relay.nn.batch_matmul(a, b, transpose_b=False)\n"
LEFT = "from tvm import relay\n\nf = relay.nn.batch_matmul\ng = relay.nn.batch_matmul\n"
UNKNOWN = "import tvm\n\nx = tvm.relay.no_such_<b>thing\n".replace("<b>", "")
PASS = "from tvm.relay import ExprVisitor\n\nclass Count(ExprVisitor):\n    pass\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("fork").mkdir()
    for name, text in {
        "call": CALL,
        "left": LEFT,
        "unknown": UNKNOWN,
        "visitor": PASS,
        "bad": "def",
        "plain": "",
    }.items():
        Path(f"fork/{name}.py").write_text(text)
    cell = {"cell_type": "code", "source": LEFT}
    Path("fork/odd <b> ñ.ipynb").write_text(json.dumps({"cells": [cell]}))
    Path("fork/link").symlink_to("/")
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    told = CliRunner().invoke(main, arguments)
    return told.exit_code, told.stdout, told.stderr


def inventory(*arguments: str) -> dict[str, Any]:
    return json.loads(run("scan", "fork", "--json", *arguments)[1])


def test_levels_add_up_by_file_and_in_all() -> None:
    found = inventory()
    files = {Path(file["file"]).stem: file for file in found["files"]}
    assert files["call"]["level"] == "auto"
    assert files["left"]["counts"]["manual"] == 2
    assert files["unknown"]["level"] == "unknown"
    assert files["plain"]["level"] == "none"
    for level in Level:
        assert found["counts"][level.value] == sum(file["counts"][level.value] for file in found["files"])
    assert "tvm.relay.no_such_thing" in [item["name"] for item in found["unknown_names"]]
    assert found["skipped"] == [{"path": "fork/link", "reason": "a link"}]
    assert [item["code"] for item in files["bad"]["diagnostics"]] == ["R2R0801"]


def test_effort_is_what_it_says() -> None:
    Path("fork").rename("other")
    Path("fork").mkdir()
    Path("fork/a.py").write_text(LEFT)
    Path("fork/b.py").write_text(LEFT)
    found = inventory()
    places = [place["level"] for file in found["files"] for place in file["places"]]
    kinds = {(place["level"], place["rule"] or place["name"]) for file in found["files"] for place in file["places"]}
    expected = sum(FIRST_MINUTES.get(Level(level), 0) - MORE_MINUTES.get(Level(level), 0) for level, _ in kinds)
    expected += sum(MORE_MINUTES.get(Level(level), 0) for level in places)
    assert found["minutes"] == expected == sum(file["minutes"] for file in found["files"]) > 0
    assert str(FIRST_MINUTES[Level.MANUAL]) in found["effort"]


def test_scan_and_port_see_the_same() -> None:
    ported = json.loads(run("port", "fork", "--json", "--no-todo")[1])
    scanned = inventory()
    assert [file["places"] for file in ported["files"]] == [file["places"] for file in scanned["files"]]
    before = {path: path.read_bytes() for path in Path("fork").glob("*.py")}
    assert {path: path.read_bytes() for path in Path("fork").glob("*.py")} == before


def test_terminal_names_what_asks_for_a_person() -> None:
    code, out, err = run("scan", "fork")
    assert code == 1
    assert "tvm.relay.no_such_thing (1)" in out
    assert "relay.nn.batch_matmul.transpose (4)" in out
    assert "estimated effort" in out
    assert "visitor.Count" in out
    assert "R2R0801" in err


def test_nothing_to_do_is_good_and_nothing_to_read_is_bad() -> None:
    assert run("scan", "fork/plain.py")[0] == 0
    assert run("scan", "fork/call.py")[0] == 0
    assert run("scan", "fork/bad.py")[0] == 2
    assert run("scan", "nowhere")[0] == 2


class Page(HTMLParser):
    """What a page refers to, and whether its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attrs if name in ("src", "href", "action")]
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_one_page_that_needs_nothing_else() -> None:
    assert run("scan", "fork", "--html", "report.html")[0] == 1
    text = Path("report.html").read_text()
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.references == []
    assert not re.search(r"https?://|@import|url\(", text)
    assert "prefers-color-scheme: dark" in text
    assert "<b> ñ.ipynb" in page.text
    assert "tvm.relay.no_such_thing" in page.text
    again = run("scan", "fork/call.py", "--html", "report.html")
    assert (again[0], "R2R0702" in again[2]) == (2, True)
    assert run("scan", "fork/call.py", "--html", "fork/call.py", "--force")[0] == 2


def test_html_draws_which_pass_uses_which() -> None:
    uses = "\n\nclass Both(ExprVisitor):\n    def visit_call(self, call):\n        Count().visit(call)\n"
    Path("fork/both.py").write_text(PASS + uses)
    run("scan", "fork", "--html", "report.html")
    text = Path("report.html").read_text()
    boxes = {
        name.rpartition(".")[2]: float(x)
        for name, x in re.findall(r'data-name="([^"]*both\.[^"]*)">.*?<rect x="([\d.]+)"', text)
    }
    assert boxes["Count"] < boxes["Both"]
    ((used, user),) = re.findall(r'<path d="[^"]+" data-used="([^"]+)" data-user="([^"]+)"', text)
    assert (used.rpartition(".")[2], user.rpartition(".")[2]) == ("Count", "Both")


def test_sarif_has_the_required_structure() -> None:
    run("scan", "fork", "--sarif", "out.sarif")
    document = json.loads(Path("out.sarif").read_text())
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    (found,) = document["runs"]
    driver = found["tool"]["driver"]
    assert driver["name"] == "relay2relax"
    results = found["results"]
    assert {result["level"] for result in results} == {"note", "warning", "error"}
    for result in results:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]["artifactLocation"]
        assert re.fullmatch(r"[\w.~%/-]+", place["uri"])
        assert place["uriBaseId"] in found["originalUriBaseIds"]
        region = location["physicalLocation"].get("region")
        assert region is None or (region["startLine"], region["startColumn"]) >= (1, 1)
        assert region is not None or "logicalLocations" in location
    assert any("%C3%B1.ipynb" in str(result) and "cell 1, line 3" in str(result) for result in results)
    assert not any(result["properties"]["level"] == "kept" for result in results if "properties" in result)


COMMANDS = {
    "scan": [["fork"], ["fork/plain.py"], ["fork", "--target", "0.22"]],
    "port": [["fork"], ["fork", "--apply"], ["fork/bad.py"], ["fork/call.py", "--from", "0.20"]],
    "status": [["fork", "--update"], ["fork", "--check"]],
}


@pytest.fixture(scope="module")
def schemas(root: Path) -> dict[str, Any]:
    found = {name: json.loads((root / "docs/reference" / f"{name}.schema.json").read_text()) for name in COMMANDS}
    for schema in found.values():
        Draft202012Validator.check_schema(schema)
    return found


@pytest.mark.parametrize(("name", "arguments"), [(name, line) for name, lines in COMMANDS.items() for line in lines])
def test_documents_are_valid(name: str, arguments: list[str], schemas: dict[str, Any]) -> None:
    if name == "status":
        run("port", "fork/call.py", "--apply")
        Path("fork/unknown.py").write_text(UNKNOWN + CALL)
    code, out, _ = run(name, *arguments, "--json")
    document = json.loads(out)
    Draft202012Validator(schemas[name]).validate(document)
    assert document["exit_code"] == code
    del document["exit_code"]
    assert not Draft202012Validator(schemas[name]).is_valid(document)


def test_schemas_name_every_state_verdict_and_level(schemas: dict[str, Any]) -> None:
    status = schemas["status"]["properties"]
    assert list(status["states"]["properties"]) == [state.value for state in State]
    assert status["proofs"]["items"]["properties"]["best"]["enum"] == list(VERDICTS)
    for name in ("scan", "port"):
        place = schemas[name]["$defs"]["place"]["properties"]
        assert place["level"]["enum"] == [level.value for level in Level]
