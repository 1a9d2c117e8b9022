"""Generated Relax programs: well-formed, of every kind, computed alike by both executors, and kept by every pass."""

from typing import Any

import pytest
from hypothesis import given

from migrate.verify.generate import Program
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.relax import draw_relax_program, relax_programs
from migrate.verify.generate.relax.script import PACKED
from migrate.verify.properties.equivalence import keeps_meaning
from migrate.verify.properties.relax_passes import PASSES, keeps_rules, keeps_what_is_computed
from relax_core import well_formed
from relax_core.ir.expr import Call, DataflowBlock, DataflowVar, ExternFunc, Function, If, MatchCast, Op, Tuple
from tensor_core.node import post_order
from tensor_core.prim import Var as SymbolicVar

COMPILED = keeps_meaning("compiled", lambda module: module, ("backend",))


def nodes(program: Program) -> list[Any]:
    main = program.module["main"]
    assert isinstance(main, Function)
    return post_order([main], lambda node: node.iter_children())


@given(relax_programs())
def test_both_executors_agree(program: Program) -> None:
    module: Any = program.module
    assert well_formed.check(module) == []
    check = COMPILED.check(program)
    assert not check.failed, check.reason


def test_every_kind_of_binding_is_reached() -> None:
    kinds: set[str] = set()
    for seed in range(60):
        for node in nodes(draw_relax_program(of_seed(seed))):
            if isinstance(node, DataflowBlock):
                outputs = sum(not isinstance(binding.var, DataflowVar) for binding in node.bindings)
                kinds.add("several outputs" if outputs > 1 else "one output")
            elif isinstance(node, MatchCast):
                dims = getattr(node.ty, "dims", None) or ()
                kinds.add("size of a cast" if any(isinstance(dim, SymbolicVar) for dim in dims) else "cast")
            elif isinstance(node, Call) and isinstance(node.op, (Op, ExternFunc)):
                kinds.add(node.op.name)
            elif isinstance(node, (If, Tuple)):
                kinds.add(type(node).__name__)
    calls = {"relax.call_tir", "relax.call_dps_packed", "relay2relax.ref.new", "relay2relax.ref.write"}
    assert kinds >= {"several outputs", "one output", "size of a cast", "cast", "If", "Tuple", *calls}
    assert PACKED.startswith("relay2relax.")


def test_a_program_follows_from_its_seed_and_is_shown() -> None:
    assert repr(draw_relax_program(of_seed(5))) == repr(draw_relax_program(of_seed(5)))
    assert "def main" in repr(draw_relax_program(of_seed(5)))


@pytest.mark.parametrize("name", PASSES)
def test_pass_holds(name: str) -> None:
    for seed in range(4):
        program = draw_relax_program(of_seed(f"{name}:{seed}"))
        for subject in (keeps_what_is_computed(name), keeps_rules(name)):
            check = subject.check(program)
            assert not check.failed, f"{check.reason}\n{program!r}"
