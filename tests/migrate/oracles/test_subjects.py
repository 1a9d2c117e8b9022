"""Properties of a campaign that ask a TVM, made from their names."""

from pathlib import Path

import numpy as np
import pytest
from alias_python import alias_python

from migrate.reading import load
from migrate.verify.campaign.subjects import subject
from migrate.verify.generate.program import Program
from migrate.verify.oracles.process import Interpreter
from migrate.verify.oracles.subjects import live_names
from migrate.verify.verdict import Outcome
from tensor_core.diagnostics import DiagnosticError

TEXT = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) { add(%x, %x) }'


def test_a_campaign_asks_what_the_interpreter_has(tmp_path: Path) -> None:
    folder = tmp_path / "of a fork"
    folder.mkdir()
    (folder / "fork_ops.py").write_text("")
    named = Interpreter(alias_python(tmp_path), (folder,), ("fork_ops",))
    names = live_names(named)
    assert [name.partition(" of ")[0] for name in names] == ["Relay", "Relax"]
    assert all(name.endswith(f"--path '{folder}' --import fork_ops") for name in names)
    check = subject(names[0]).check(Program(load(TEXT), (np.ones(2, "float32"),)))
    assert (subject(names[0]).name, check.outcome) == (names[0], Outcome.EXACT)


def test_an_interpreter_without_tvm_is_told(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError, match="R2R0510"):
        live_names(Interpreter(tmp_path / "python"))
