"""A file written against Relay and its port, each under its alias: right ports hold, wrong and lazy ones are found."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import relay_compat as relay
from migrate.cli.main import main
from migrate.codemods.lock import read_lock
from migrate.forward.convert import convert
from migrate.verify.ported import FileProof, prove_files
from migrate.verify.ported.constants import converted
from migrate.verify.ported.twins import stranger
from migrate.verify.ported.user_file import module_name
from relax_core.text.printer import print_module
from relay_compat.types.infer import infer_types
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import GlobalVar, IRModule

ORIGINAL = """
import tvm
from tvm import relay
from tvm.relay.dataflow_pattern import DFPatternCallback, is_constant, is_op, wildcard
from tvm.relay.expr_functor import ExprMutator

class Sum(DFPatternCallback):
    def __init__(self):
        super().__init__()
        self.x = wildcard()
        self.pattern = is_op("negative")(is_op("negative")(self.x))

    def callback(self, pre, post, node_map):
        return node_map[self.x][0]

class Minus(ExprMutator):
    def visit_call(self, call):
        new = super().visit_call(call)
        if isinstance(new.op, tvm.ir.Op) and new.op.name == "subtract":
            return relay.add(new.args[0], relay.negative(new.args[1]))
        return new

def table():
    conv = is_op("nn.conv2d")(wildcard(), wildcard())
    return [("acme.conv", is_op("nn.relu")(conv), lambda relu: relu.args[0].attrs.groups == 1)]

def fails(func):
    raise ValueError("not for me")
"""
PORT = """
import tvm
from tvm import relax
from tvm.relax.dpl import is_op, rewrite_call, wildcard
from tvm.relax.expr_functor import PyExprMutator, mutator
from tvm.relax.transform import FusionPattern

x = wildcard()
PATTERN = is_op("relax.negative")(is_op("relax.negative")(x))

def Sum(func):
    return rewrite_call(PATTERN, lambda call, found: found[x], func)

def Wrong(func):
    return rewrite_call(PATTERN, lambda call, found: relax.op.negative(found[x]), func)

def Lazy(func):
    return func

@mutator
class Minus(PyExprMutator):
    def visit_call_(self, call):
        new = super().visit_call_(call)
        if isinstance(new.op, tvm.ir.Op) and new.op.name == "relax.subtract":
            return relax.op.add(new.args[0], relax.op.negative(new.args[1]))
        return new

conv = is_op("relax.nn.conv2d")(wildcard(), wildcard())

def table():
    return [FusionPattern("acme.conv", is_op("relax.nn.relu")(conv), {"conv": conv},
                          lambda context: context.annotated_expr["conv"].attrs.groups == 1)]

def unchecked():
    return [("acme.conv", is_op("relax.nn.relu")(conv))]
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    original, ported = tmp_path / "rewrites.py", tmp_path / "ported.py"
    original.write_text(ORIGINAL)
    ported.write_text(PORT)
    return original, ported


def _proof(files: tuple[Path, Path], name: str, ported: str = "", programs: int = 12) -> FileProof:
    return prove_files(*files, name, ported_name=ported, programs=programs)


@pytest.mark.parametrize("name", ["Sum", "Minus", "table()"])
def test_a_right_port_holds_and_both_had_something_to_do(files: tuple[Path, Path], name: str) -> None:
    found = _proof(files, name, programs=20)
    assert found, found.to_json()
    assert found.proof.changed >= 5
    assert found.proof.missed == 0
    assert not found.left_out


def test_a_wrong_port_is_found_and_the_program_reduced(files: tuple[Path, Path]) -> None:
    found = _proof(files, "Sum", "Wrong")
    assert not found.proof
    assert found.proof.counterexample is not None
    assert str(found.proof.counterexample).count("negative(") == 2


def test_a_port_that_leaves_programs_alone_misses_them(files: tuple[Path, Path]) -> None:
    found = _proof(files, "Sum", "Lazy")
    assert found.proof, "nothing that is computed differs"
    assert found.proof.missed == found.proof.changed > 0
    assert not found


def test_composites_that_only_one_version_makes_differ(files: tuple[Path, Path]) -> None:
    found = _proof(files, "table()", "unchecked()", programs=40)
    assert found.proof.counterexample is not None
    assert "acme.conv: 0 in Relay, 1 in Relax" in found.proof.counterexample.reason


def test_what_checks_took_and_refused_is_told_of_both_sides(files: tuple[Path, Path]) -> None:
    found = _proof(files, "table()", programs=40)
    for side in (found.checks.original, found.checks.ported):
        refused, took = side["acme.conv"]
        assert refused > 0
        assert took > 0
    assert found.checks.taken == ["acme.conv"]


def test_large_constants_of_programs_are_constants_for_a_port() -> None:
    weight = relay.const(np.arange(81, dtype="float32").reshape(9, 9), "float32")
    data = relay.var("x", shape=(9, 9), dtype="float32")
    module = infer_types(IRModule({GlobalVar("main"): relay.Function([data], relay.op.add(data, weight))}))
    assert len(convert(module).module.params) == 1
    made = converted(module, "0.27")
    assert not made.params
    assert "R.const([[0.0, 1.0" in print_module(made)


def test_what_patterns_of_relax_cannot_tell_apart_or_find_is_no_trial_of_them() -> None:
    pair = [relay.var(name, shape=(2, 2), dtype="float32") for name in "xy"]
    module = IRModule({GlobalVar("main"): relay.Function(pair, relay.op.nn.matmul(*pair))})
    assert "says nn.matmul" in stranger(module, {"nn.dense"}, "0.27")
    assert not stranger(module, {"nn.matmul", "nn.dense"}, "0.27")
    assert not stranger(module, {"nn.conv2d"}, "0.27")
    flat = IRModule({GlobalVar("main"): relay.Function(pair[:1], relay.op.nn.batch_flatten(pair[0]))})
    assert "no operator for nn.batch_flatten" in stranger(flat, {"nn.batch_flatten"}, "0.21")
    assert not stranger(flat, {"nn.batch_flatten"}, "0.27")


def test_a_file_that_is_not_there_has_a_code(files: tuple[Path, Path]) -> None:
    result = CliRunner().invoke(main, ["prove", str(files[0]), "nowhere.py"])
    assert result.exit_code == 2
    assert "R2R0701" in result.output


def test_what_the_original_does_not_take_is_no_fault_of_the_port(files: tuple[Path, Path]) -> None:
    found = _proof(files, "fails", "Lazy", programs=3)
    assert found.proof.outside == 3
    assert "not for me" in "".join(found.refused)
    assert not found, "nothing was shown"


def test_a_file_that_does_not_load_is_refused_with_its_own_error(files: tuple[Path, Path]) -> None:
    files[1].write_text("from tvm import relay\n")
    with pytest.raises(DiagnosticError, match=r"R2R0511(.|\n)*R2R0901.*relay"):
        _proof(files, "Sum")


def test_user_code_cannot_end_or_touch_this_process(files: tuple[Path, Path]) -> None:
    files[0].write_text(f"{ORIGINAL}\ndef leaves(func):\n    import os\n    os._exit(7)\n")
    found = _proof(files, "leaves", "Lazy", programs=1)
    assert found.proof.outside == 1
    assert "rewrites" not in sys.modules


def test_the_command_writes_a_test_that_pytest_runs(files: tuple[Path, Path], tmp_path: Path) -> None:
    made = tmp_path / "test_rewrites.py"
    arguments = ["prove", *map(str, files), "--pass", "Sum", "--pass", "Sum=Lazy", "--programs", "4", "-o", str(made)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    tested = runpy.run_path(str(made))["test_port_does_what_the_original_does"]
    tested("Sum", "Sum")
    with pytest.raises(AssertionError):
        tested("Sum", "Lazy")


def test_verdicts_are_kept_in_the_lock(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files[1].parent)
    names = ["--pass", "Sum", "--pass", "Sum=Lazy", "--pass", "Sum=Wrong"]
    arguments = ["prove", *map(str, files), *names, "--programs", "5", "--record"]
    assert CliRunner().invoke(main, arguments).exit_code == 1
    proofs = read_lock(Path("relay2relax.lock")).proofs
    verdicts = {name.rpartition(":")[2]: proof.verdict for name, proof in proofs.items()}
    assert verdicts == {"Sum": "holds", "Lazy": "vacuous", "Wrong": "different"}
    assert all(name.startswith(f"{files[1].name}:") for name in proofs)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("fork/python/tvm/relay/op/contrib/acme.py", "tvm.relay.op.contrib.acme"),
        ("scripts/run.py", "run"),
    ],
)
def test_a_file_is_the_module_that_it_is_in_its_package(tmp_path: Path, file: str, name: str) -> None:
    assert module_name(tmp_path / file) == name
