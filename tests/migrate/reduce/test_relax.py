"""Programs of Relax are reduced, too."""

import runpy
from pathlib import Path

import pytest
from click.testing import CliRunner
from planted_faults import FAULTS
from planted_relax_faults import Change, arms, constant, last_field, swapped, wrong_by

from migrate.cli.main import main
from migrate.execution import bind_args
from migrate.params.npz import write_npz
from migrate.reading import is_relax
from migrate.verify.generate import Program
from migrate.verify.properties.equivalence import to_relax
from migrate.verify.reduce import reduce
from migrate.verify.reduce.failure import same_failure
from migrate.verify.witnesses import Case, witness_files
from migrate.verify.witnesses.replay import read_program
from relax_core import well_formed
from relax_core.text.printer import print_module


def _given(name: str) -> Program:
    relay = FAULTS[name]().program
    module = to_relax(relay.module)
    return Program(module, tuple(bind_args(module, relay.args)))


# Relax programs that the faults' Relay programs convert to, and the nodes that show a fault of Relax in them.
@pytest.mark.parametrize(
    ("start", "change", "nodes"),
    [
        ("operands swapped", swapped, 1),
        ("write dropped", swapped, 1),
        ("operands swapped in a closure", swapped, 1),
        ("casts joined", swapped, 1),
        ("branches swapped", arms, 1),
        ("casts joined", last_field, 2),
        ("six digits", constant, 2),
    ],
)
def test_what_is_left_shows_the_fault(start: str, change: Change, nodes: int) -> None:
    given = _given(start)
    before = print_module(given.module)
    found = reduce(given, wrong_by(start, change))
    assert (found.nodes, found.complete, found.check.key) == (nodes, True, "different")
    assert is_relax(found.program.module)
    assert well_formed.check(found.program.module) == []
    assert found.tries < 150
    assert print_module(given.module) == before


def test_a_script_is_a_witness(tmp_path: Path) -> None:
    subject = wrong_by("swapped", swapped)
    found = reduce(_given("casts joined"), subject)
    files = witness_files(Case(found.program, subject, found.check, "swapped"))
    (tmp_path / "test_witness.py").write_bytes(files["test_witness.py"])
    space = runpy.run_path(str(tmp_path / "test_witness.py"))
    assert "R.subtract" in space["MODULE"]
    assert same_failure(subject.check(read_program(space["MODULE"], space["INPUTS"])), found.check)


def test_the_command_takes_a_script(tmp_path: Path) -> None:
    given = _given("casts joined")
    script = tmp_path / "model.py"
    script.write_text(print_module(given.module))
    names = [param.name for param in given.module["main"].params]
    with (tmp_path / "inputs.npz").open("wb") as stream:
        write_npz(dict(zip(names, given.args, strict=True)), stream)
    command = ["reduce", str(script), "--inputs", str(tmp_path / "inputs.npz"), "--property", "reduced_subjects:RELAX"]
    shown = CliRunner().invoke(main, command)
    assert shown.exit_code == 1, shown.output
    assert "R.subtract(x, lv)" in shown.output
    assert "nodes became 1 in" in shown.output
