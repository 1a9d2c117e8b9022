"""`record` and `corpus check`: what goes through a TVM while its own programs run comes back, and replays."""

import json
import textwrap
import zipfile
from pathlib import Path

import pytest
from alias_python import alias_python
from click.testing import CliRunner, Result

import migrate
from migrate.cli.main import main
from migrate.verify.corpus.archive import Corpus, pack
from migrate.verify.corpus.passes import equal, replayable
from migrate.verify.generate.program import Program
from migrate.verify.oracles.answer import Failure
from migrate.verify.oracles.recorded_oracle import RecordedOracle
from migrate.verify.properties.oracles import agrees_with
from migrate.verify.verdict import Outcome
from relay_compat.json.writer import save_json
from relay_compat.transform import FuseOps, InferType
from tensor_core.diagnostics import DiagnosticError
from tensor_core.passes import PassContext

PROGRAM = """
import numpy as np
import tvm
from tvm import relay
from tvm.contrib import graph_executor

x, w = relay.var("x", shape=(2, 3)), relay.var("w", shape=(4, 3))
module = tvm.IRModule.from_expr(relay.Function([x, w], relay.nn.relu(relay.nn.dense(x, w))))
X, W = np.ones((2, 3), "float32"), np.arange(12, dtype="float32").reshape(4, 3)
for executor in "debug", "graph":
    relay.create_executor(executor, mod=module, device=tvm.cpu(), target="llvm").evaluate()(X, w=W)

library = relay.build(module, target="llvm", params={"w": W})
graph = graph_executor.GraphModule(library["default"](tvm.cpu()))
graph.set_input(0, 2 * X)
graph.run()

one = relay.const(np.ones((2, 3), "float32"))
constant = tvm.IRModule.from_expr(relay.Function([x], relay.add(x, relay.multiply(one, one))))
with tvm.transform.PassContext(opt_level=3):
    typed = relay.transform.InferType()(constant)
    relay.transform.FoldConstant()(typed)
    tvm.transform.Sequential([relay.transform.InferType(), relay.transform.ToANormalForm()])(constant)
    relay.transform.FuseOps(fuse_opt_level=2)(typed)


@relay.transform.function_pass(opt_level=1)
class OfTheFork:
    def transform_function(self, function, module, context):
        return function


OfTheFork()(constant)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


def recorded(tmp_path: Path, *command: str) -> Result:
    python, out = str(alias_python(tmp_path)), str(tmp_path / "corpus")
    return CliRunner().invoke(main, ["record", "--oracle-python", python, "--out", out, "--json", "--", *command])


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """What `record` said of the program, and the corpus."""
    folder = tmp_path_factory.mktemp("once")
    (folder / "program.py").write_text(PROGRAM)
    return recorded(folder, str(folder / "program.py")), folder / "corpus"


def test_a_program_is_recorded_and_replays(once: tuple[Result, Path]) -> None:
    result, corpus = once
    told = json.loads(result.stdout[result.stdout.index("{") :])
    assert result.exit_code == 0, result.output
    assert told["cases"] == {"evaluated": 2, "models": 2, "passes": 4}
    assert told["skipped"] == []
    with Corpus(corpus / "passes.zip") as passes:
        cases = [passes.json(row["name"], "case.json") for row in passes.rows]
        assert [case["passes"][-1] for case in cases] == [
            ["relay.transform.FoldConstant", [], {}],
            ["relay.transform.ToANormalForm", [], {}],
            ["relay.transform.FuseOps", [], {"fuse_opt_level": 2}],
            ["OfTheFork", [], {}],
        ]
        assert {case["context"]["opt_level"] for case in cases[:3]} == {3}
    checked = CliRunner().invoke(main, ["corpus", "check", str(corpus), "--json"])
    replayed = json.loads(checked.stdout)
    assert replayed["counts"] == {
        "read": {"good": 8},
        "types equal": {"good": 4},
        "printed byte for byte": {"good": 4},
        "interpreted as recorded": {"good": 2},
        "compiled as recorded": {"good": 2},
        "converted": {"good": 4},
        "passes as recorded": {"good": 3, "refused": 1},
    }
    assert [item["reason"] for item in replayed["findings"]] == ["OfTheFork is no pass that is here"]
    assert checked.exit_code == 1


def test_recorded_answers_are_an_oracle(once: tuple[Result, Path]) -> None:
    _, corpus = once
    oracle = RecordedOracle(corpus / "evaluated.zip")
    programs = list(oracle.programs())
    assert [agrees_with(oracle).check(program).outcome for program in programs] == [Outcome.EXACT] * 2
    other = Program(programs[0].module, tuple(value + 1 for value in programs[0].args))
    assert oracle.answer(other).failure is Failure.UNASKED
    oracle.close()


def test_what_was_recorded_before_a_failure_is_kept(program: Path, tmp_path: Path) -> None:
    program.write_text(PROGRAM + "import os\nos.abort()\n")
    result = recorded(tmp_path, str(program))
    told = json.loads(result.stdout[result.stdout.index("{") :])
    assert (result.exit_code, told["command_exit_code"]) == (1, -6)
    assert told["cases"]["passes"] == 4


def test_tests_are_recorded_under_their_names(tmp_path: Path) -> None:
    body = textwrap.indent(PROGRAM, "    ")
    (tmp_path / "test_fork.py").write_text(f"def test_one():\n{body}\n\ndef test_two():\n{body}\n")
    result = recorded(tmp_path, "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "test_fork.py"))
    told = json.loads(result.stdout[result.stdout.index("{") :])
    assert told["cases"] == {"evaluated": 2, "models": 2, "passes": 4}, "equal cases are recorded once"
    with Corpus(tmp_path / "corpus" / "evaluated.zip") as evaluated:
        assert {row["origin"].rpartition("::")[2] for row in evaluated.rows} == {"test_one"}


def test_a_corpus_is_not_written_over_another(program: Path, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "mine").touch()
    result = recorded(tmp_path, str(program))
    assert json.loads(result.stdout)["diagnostics"][0]["code"] == "R2R0702"


def test_a_different_answer_is_a_finding(once: tuple[Result, Path], tmp_path: Path) -> None:
    _, corpus = once
    with Corpus(corpus / "evaluated.zip") as good:
        name = good.rows[0]["name"]
    with zipfile.ZipFile(corpus / "evaluated.zip") as archive:
        members = {item: archive.read(item) for item in archive.namelist()}
    module = members[f"{name}/module.json"]
    members[f"{name}/module.json"] = module.replace(b"nn.relu", b"negative")
    with zipfile.ZipFile(tmp_path / "evaluated.zip", "w") as archive:
        for item, content in members.items():
            archive.writestr(item, content)
    checked = CliRunner().invoke(main, ["corpus", "check", str(tmp_path), "--json"])
    found = {(item["case"], item["step"], item["result"]) for item in json.loads(checked.stdout)["findings"]}
    assert checked.exit_code == 1
    assert {
        (name, "printed byte for byte", "different"),
        (name, "interpreted as recorded", "different"),
        (name, "compiled as recorded", "different"),
    } <= found


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 but no archive", b"[]"])
def test_a_damaged_corpus_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "evaluated.zip").write_bytes(content)
    with pytest.raises(DiagnosticError, match="R2R0512"):
        Corpus(tmp_path / "evaluated.zip")
    result = CliRunner().invoke(main, ["corpus", "check", str(tmp_path), "--json"])
    assert (result.exit_code, json.loads(result.stdout)["diagnostics"][0]["code"]) == (2, "R2R0512")


def test_a_folder_without_collections_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["corpus", "check", str(tmp_path), "--json"])
    assert json.loads(result.stdout)["diagnostics"][0]["code"] == "R2R0512"


def test_half_a_row_is_left_out(tmp_path: Path) -> None:
    case = tmp_path / "passes" / "one"
    case.mkdir(parents=True)
    (case / "case.json").write_text("{}")
    (tmp_path / "passes" / "index.jsonl").write_text('{"name": "one"}\n{"name": "tw')
    assert pack(tmp_path, "passes", tmp_path) == 1
    with Corpus(tmp_path / "passes.zip") as corpus:
        assert [row["name"] for row in corpus.rows] == ["one"]


def test_passes_replay_under_the_options_that_were_in_force() -> None:
    x = "%x: Tensor[(2), float32]"
    module = migrate.load(f'#[version = "0.0.5"]\ndef @main({x}) {{ exp(exp(exp(exp(%x)))) }}\n')
    options = {"relay.FuseOps.max_depth": 2}
    with PassContext(2, config=options):
        after = FuseOps(2)(module)
    case = {
        "passes": [["relay.transform.FuseOps", [2], {}]],
        "context": {"opt_level": 2, "required": [], "disabled": [], "config": options},
        "before": save_json(module),
        "after": save_json(after),
    }
    assert replayable({"may_use_callbacks": False}, case)
    makers = {"FuseOps": FuseOps, "InferType": InferType}
    assert equal(case, makers)
    case["context"] = {**case["context"], "config": {}}
    assert not equal(case, makers)
    case["context"] = {**case["context"], "config": {"relay.FuseOps.max_depth": "<IntImm>"}}
    assert not replayable({"may_use_callbacks": False}, case)
