"""A pass of a vendor's own and its port: the scaffold writes their test, an entry point registers them, and the same
proof runs on them.
"""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from migrate.cli.passes import passes
from migrate.passes import ports as table
from migrate.passes.porting import example, port, prove
from relay_compat.ir.expr import Call, Op
from relay_compat.visit import reachable
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule

RELAY = """
from relay_compat.dataflow_pattern import DFPatternCallback, is_op, rewrite, wildcard
from relay_compat.transform import function_pass

class Twice(DFPatternCallback):
    def __init__(self):
        super().__init__()
        self.x = wildcard()
        self.pattern = is_op("negative")(is_op("negative")(self.x))

    def callback(self, pre, post, node_map):
        return node_map[self.x][0]

def DoubleNegative():
    return function_pass(lambda function, module, context: rewrite(Twice(), function), opt_level=0)
"""
RELAX = """
from relax_core.dpl import is_op, rewrite_call, wildcard
from relax_core.transform import function_pass

x = wildcard()
TWICE = is_op("relax.negative")(is_op("relax.negative")(x))

def DoubleNegative():
    return function_pass(lambda function, *_: rewrite_call(TWICE, lambda expr, found: found[x], function), opt_level=0)

def Wrong():
    return function_pass(lambda function, *_: rewrite_call(TWICE, lambda expr, _: expr.args[0], function), opt_level=0)
"""
TEXT = "def @main(%x: Tensor[(2, 3), float32]) { exp(negative(negative(%x))) }"


@pytest.fixture
def vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    package = tmp_path / "acme_passes"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "on_relay.py").write_text(RELAY)
    (package / "on_relax.py").write_text(RELAX)
    (tmp_path / "twice.relay").write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    table.vendors_ports.cache_clear()


def scaffolded(*more: str, file: str) -> Any:
    """The module that the scaffold writes, imported."""
    given = ["scaffold", "DoubleNegative", "--relay", "acme_passes.on_relay:DoubleNegative", "-o", f"{file}.py", *more]
    told = CliRunner().invoke(passes, given)
    assert told.exit_code == 0, told.output
    importlib.invalidate_caches()
    return importlib.import_module(file)


def test_what_the_scaffold_writes_passes_and_finds_a_wrong_port(vendor: Path) -> None:
    assert (vendor / "twice.relay").exists()
    both = ("--relax", "acme_passes.on_relax:DoubleNegative", "--example", "twice.relay")
    made = scaffolded(*both, file="acme_test_both")
    made.test_both_versions_keep_what_is_computed()
    made.test_every_example_is_changed(made.EXAMPLES[0])
    made.test_doing_nothing_is_found_out("relay")
    made.test_doing_nothing_is_found_out("relax")
    on_relax = importlib.import_module("acme_passes.on_relax")
    assert not prove(replace(made.PORT, relax=on_relax.Wrong()), 20, reduced=False)


def test_a_pass_without_a_port_is_bridged(vendor: Path) -> None:
    made = scaffolded("--example", str(vendor / "twice.relay"), file="acme_test_bridged")
    proof = prove(made.PORT, 20)
    assert proof
    assert proof.changed_on_relax == 20


def test_an_entry_point_registers_the_port(vendor: Path) -> None:
    scaffolded("--example", "twice.relay", file="acme_test_entry")
    info = vendor / "acme_passes-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-passes\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[relay2relax.passes]\nports = acme_test_entry\n")
    table.vendors_ports.cache_clear()
    told = CliRunner().invoke(passes, ["verify", "DoubleNegative", "--programs", "10"])
    assert told.exit_code == 0, told.output
    assert "the property holds" in told.output
    assert "DoubleNegative" in CliRunner().invoke(passes, []).output


def test_a_path_names_a_port(vendor: Path) -> None:
    scaffolded("--example", str(vendor / "twice.relay"), file="acme_test_path")
    told = CliRunner().invoke(passes, ["verify", "acme_test_path:PORT", "--programs", "10", "--json"])
    assert told.exit_code == 0, told.output
    refused = CliRunner().invoke(passes, ["verify", "acme_test_path:PROGRAMS"])
    assert refused.exit_code == 2
    assert "R2R0703" in refused.output


OF_A_FORK = """
import tvm
from tvm import relay
from tvm.relay.expr_functor import ExprMutator


class _Rewriter(ExprMutator):
    def visit_call(self, call):
        call = super().visit_call(call)
        if call.op == relay.op.get("negative") and isinstance(call.args[0], relay.Call):
            if call.args[0].op == relay.op.get("negative"):
                return call.args[0].args[0]
        return call


@relay.transform.function_pass(opt_level=1)
class DoubleNegative:
    def transform_function(self, func, mod, ctx):
        return _Rewriter().visit(func)
"""


def test_a_pass_that_imports_tvm_is_proven_under_the_alias(vendor: Path) -> None:
    (vendor / "acme_fork.py").write_text(OF_A_FORK)
    scaffold = ("scaffold", "DoubleNegative", "--relay", "acme_fork:DoubleNegative", "-o", "acme_of_a_fork.py")
    CliRunner().invoke(passes, [*scaffold, "--example", "twice.relay"], catch_exceptions=False)
    verify = ("verify", "acme_of_a_fork:PORT", "--programs", "5")
    without = CliRunner().invoke(passes, verify)
    assert without.exit_code == 2
    assert "relay2relax as-tvm -- relay2relax" in without.output
    line = [sys.executable, "-m", "migrate.cli", "as-tvm", "--", "relay2relax", "passes", *verify]
    path = os.pathsep.join(filter(None, [str(vendor), os.environ.get("PYTHONPATH", "")]))
    told = subprocess.run(line, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "5 of them changed by the Relay version, 5 by the Relax version" in told.stdout


def test_programs_that_a_pass_does_not_take_are_left_out() -> None:
    def takes(module: IRModule) -> bool:
        nodes = reachable(module["main"])
        return not any(isinstance(node, Call) and isinstance(node.op, Op) and node.op.name == "add" for node in nodes)

    def same(module: IRModule) -> IRModule:
        return module

    proof = prove(
        port("nothing", same, same, [example("sum", "def @main(%x: float32) { add(%x, %x) }")], takes=takes), 5
    )
    assert proof.outside == 5
    assert proof.vacuous


@pytest.mark.parametrize(
    "text", ["def @main(%x: Tensor[(?), float32]) { exp(%x) }", "def @f() { 1f }", f"def @f() {{ 1f }} {TEXT}", "exp"]
)
def test_what_cannot_be_an_example_is_refused(text: str) -> None:
    with pytest.raises(DiagnosticError):
        example("wrong", text)
