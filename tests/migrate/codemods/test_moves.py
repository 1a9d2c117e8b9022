"""Names that move: through the import that brings them where all its uses move alike, else where they are used."""

from collections.abc import Iterator
from typing import ClassVar

import pytest

from migrate.codemods.driver import Level, Options, PortResult, port_source
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Example, Move, Planned, Rule
from migrate.codemods.target import Target
from migrate.codemods.tree import Place

_NEW = {
    "tvm.relay.dataflow_pattern.is_op": "tvm.relax.dpl.is_op",
    "tvm.relay.dataflow_pattern.wildcard": "tvm.relax.dpl.wildcard",
    "tvm.relay.dataflow_pattern.is_constant": "tvm.relax.dpl.is_const",
    "tvm.relay.Call": "tvm.relax.Call",
    "tvm.relay.ExprVisitor": "tvm.relax.PyExprVisitor",
}


class Renamed(Rule):
    """A few names, for these tests."""

    id: ClassVar[str] = "test.names.moved"
    title: ClassVar[str] = "Names move"
    explanation: ClassVar[str] = "Names move."
    facts: ClassVar[str] = "none"
    examples: ClassVar[tuple[Example, ...]] = ()
    valid: ClassVar[tuple[str, ...]] = ()

    def concerns(self, text: str) -> bool:
        del text
        return True

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        del target
        for old, new in _NEW.items():
            for use in file.uses_of([old]):
                yield Move(self.id, use, new, "look at it" if old.endswith("Call") else "")


def ported(source: str, **options: object) -> PortResult:
    place = Place("tvm.relay.op.contrib")
    return port_source(source, "moves.py", [Renamed()], Options(**options), place)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "from tvm.relay.dataflow_pattern import is_op, wildcard\n\np = is_op('x')(wildcard())\n",
            "from tvm.relax.dpl import is_op, wildcard\n\np = is_op('x')(wildcard())\n",
        ),
        (
            "from tvm.relay.dataflow_pattern import is_op as op, is_constant  # ops\n\np = op('x')(is_constant())\n",
            "from tvm.relax.dpl import is_op as op, is_const  # ops\n\np = op('x')(is_const())\n",
        ),
        (
            "from ...dataflow_pattern import is_op, wildcard\n\np = is_op('x')(wildcard())\n",
            "from tvm.relax.dpl import is_op, wildcard\n\np = is_op('x')(wildcard())\n",
        ),
        (
            "from tvm.relay.dataflow_pattern import *\n\np = is_op('x')(wildcard())\n",
            "from tvm.relax.dpl import is_op, wildcard\n\np = is_op('x')(wildcard())\n",
        ),
        (
            "from tvm.relay.dataflow_pattern import is_op, dominates\n\np = dominates(is_op('x'))\n",
            "from tvm.relay.dataflow_pattern import dominates\nfrom tvm.relax.dpl import is_op\n\n"
            "p = dominates(is_op('x'))\n",
        ),
        (
            "import tvm\n\np = tvm.relay.dataflow_pattern.is_op('x')\n",
            "import tvm\n\np = tvm.relax.dpl.is_op('x')\n",
        ),
        (
            "from tvm.relay import dataflow_pattern as dfp\n\np = dfp.is_op('x')(dfp.wildcard())\n",
            "from tvm.relax import dpl as dfp\n\np = dfp.is_op('x')(dfp.wildcard())\n",
        ),
        (
            "from tvm.relay import expr_functor\n\n\nclass V(expr_functor.ExprVisitor):\n    pass\n",
            "from tvm import relax\n\n\nclass V(relax.PyExprVisitor):\n    pass\n",
        ),
        (
            "# A licence.\nfrom tvm.relay.dataflow_pattern import (\n    is_op,  # op\n    wildcard,\n)\n\n"
            "p = is_op(wildcard)\n",
            "# A licence.\nfrom tvm.relax.dpl import is_op, wildcard\n\np = is_op(wildcard)\n",
        ),
    ],
)
def test_names_move(before: str, after: str) -> None:
    result = ported(before)
    assert result.text == after
    assert ported(after).text == after


def test_a_name_of_two_meanings_is_left() -> None:
    source = (
        "try:\n    from tvm.relay.dataflow_pattern import is_op\nexcept ImportError:\n    from fork import is_op\n\n"
        "p = is_op('x')\n"
    )
    result = ported(source)
    assert result.text == source
    assert [item.code.id for item in result.refusals] == ["R2R0802"]


def test_a_note_is_a_todo_above_the_statement_once() -> None:
    source = "from tvm.relay import Call\n\n\ndef f(x):\n    # why\n    return Call(x), Call(x)\n"
    result = ported(source, todo=True)
    assert result.text == (
        "from tvm.relax import Call\n\n\ndef f(x):\n    # why\n    # TODO(relay2relax test.names.moved): look at it\n"
        "    return Call(x), Call(x)\n"
    )
    assert {item.level for item in result.places} == {Level.ASSISTED}
    assert ported(result.text, todo=True).text == result.text


def test_every_name_of_tvm_is_told() -> None:
    source = (
        "import tvm\nfrom tvm import relay\nfrom tvm.relay.dataflow_pattern import is_op\nfrom fork import thing\n\n"
        "x = relay.collage.collage_partition(tvm.cpu(), is_op('y'), thing)\n"
    )
    levels = {item.name: item.level for item in ported(source).places}
    assert levels == {
        "tvm.relay.collage.collage_partition": Level.UNKNOWN,
        "tvm.cpu": Level.KEPT,
        "tvm.relay.dataflow_pattern.is_op": Level.AUTO,
    }
    assert "R2R0803" in [item.code.id for item in ported(source, rest=True).refusals]


def test_imports_that_nothing_uses_go_with_the_rest() -> None:
    source = "# why\nfrom tvm import relay, te\n\n\ndef f():\n    from tvm.relay import Call\n\n\nx = te\n"
    assert ported(source).text == source
    assert ported(source, rest=True).text == "# why\nfrom tvm import te\n\n\ndef f():\n    pass\n\n\nx = te\n"
    assert ported(f"__all__ = ['relay']\n{source}", rest=True).text == f"__all__ = ['relay']\n{source}"


def test_modules_of_the_tree_are_no_api() -> None:
    place = Place("tvm.relay.op.contrib", {}, frozenset({"tvm.relay.op.contrib.acme"}))
    result = port_source("from .acme import partition\n\npartition()\n", "f.py", [Renamed()], Options(), place)
    assert result.places == ()


def test_names_of_a_package_that_only_the_tree_has_are_no_api() -> None:
    place = Place("tvm.acme", {}, frozenset({"tvm.acme.passes.fold"}))
    source = "from tvm.acme import op\nfrom tvm.relay import made_here\n\nop.new(made_here)\n"
    result = port_source(source, "f.py", None, Options(), place)
    assert [(item.name, item.level) for item in result.places] == [("tvm.relay.made_here", Level.UNKNOWN)]


def test_what_an_edit_takes_away_is_not_left_beside_it() -> None:
    source = "import tvm\n\n\ndef known(size):\n    return not isinstance(size, tvm.tir.Any)\n"
    result = port_source(source, "f.py", None, Options(todo=True, rest=True))
    assert [item.level for item in result.places] == [Level.AUTO]
    assert result.refusals == ()
    assert "TODO" not in result.text


def test_relax_beside_relay_moves_on() -> None:
    source = """from tvm import relax, relay


def both(f, x):
    info = relax.TensorStructInfo((2,), "float32")
    return relay.nn.relu(x), relax.op.call_tir(f, [x], out_sinfo=info), x.struct_info
"""
    text = port_source(source, "fork.py", None, Options(rest=True)).text
    assert "relax.TensorType((2,)" in text
    assert "relax.op.nn.relu(x), relax.op.call_tir(f, [x], out_ty=info), x.ty" in text
