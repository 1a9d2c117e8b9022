"""Unused names, as TVM 0.19 hands them out."""

import pytest
from relay_build import const, module

from relay_compat.ir.expr import GlobalVar
from relay_compat.ir.supply import GlobalVarSupply, NameSupply
from tensor_core.diagnostics import DiagnosticError


def test_names_are_numbered_when_taken() -> None:
    names = NameSupply("p")
    assert [names.fresh_name("a.b") for _ in range(3)] == ["p_a_b", "p_a_b_1", "p_a_b_2"]
    assert names.fresh_name("p_a_b", add_underscore=False) == "p_a_b3"
    assert names.contains_name("a_b_2")
    assert not names.contains_name("a_b_2", add_prefix=False)


def test_globals_of_a_module_are_taken() -> None:
    program = module(const(1.0))
    supply = GlobalVarSupply(program)
    assert supply.unique_global_for("main", add_prefix=False) is program.get_global_var("main")
    assert supply.unique_global_for("main").name == "tvmgen_default_main"
    assert supply.fresh_global("main", add_prefix=False).name == "main_1"
    with pytest.raises(DiagnosticError, match="R2R0109"):
        supply.reserve_global(GlobalVar("main"))
