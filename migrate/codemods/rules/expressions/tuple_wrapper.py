"""``TupleWrapper``: in Relax an expression of several results is indexed and walked over as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.arguments import bind
from migrate.codemods.edits import put
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_OLD = "tvm.relay.TupleWrapper"
_PARAMETERS = ("tuple_value", "size")


class TupleWrappers(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.expressions.tuple_wrapper"
    title: ClassVar[str] = "TupleWrapper(expr, n) becomes expr"
    explanation: ClassVar[str] = (
        "Relay wrapped expressions of several results in a Python object that can be indexed and unpacked. Expressions"
        " of Relax can be: the wrapper goes, and astuple() with it; the value of a wrapper is the expression itself,"
        " and all of its parts are a list of it. Whether something is a wrapper, code in Relax asks of its type."
    )
    facts: ClassVar[str] = (
        "relay.expr.TupleWrapper of TVM 0.19; relax.Tuple and calls with a tuple type in TVM 0.21 and 0.27, indexed and"
        " unpacked (run)"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relax
from tvm.relay import expr as _expr


def parts(call, fields):
    first, second = _expr.TupleWrapper(call, 2)
    return _expr.TupleWrapper(relax.Tuple(fields), size=len(fields)), first, second
""",
            """from tvm import relax


def parts(call, fields):
    first, second = call
    return relax.Tuple(fields), first, second
""",
        ),
        Example(
            """from tvm import relax


def take(x, found):
    return relax.op.index_tensor(x, [found[i] for i in range(found.size)])
""",
            """from tvm import relax


def take(x, found):
    return relax.op.index_tensor(x, [*found])
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("from mine import TupleWrapper\n\nx = TupleWrapper(call, 2)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm import relay\n\n\ndef f(x):\n    return isinstance(x, relay.TupleWrapper)\n", "asked of its type"
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "TupleWrapper" in text or ".size)" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for use in file.uses_of((_OLD,)):
            yield self._plan(file, use)
            yield from self._values(file, use)
        for node in file.attributes.get("size", ()) if file.of_tvm else ():
            listed = _all_parts(file, node)
            if listed is not None:
                yield Edit(self.id, listed, _as_list)

    def _values(self, file: SourceFile, use: Use) -> Iterator[Planned]:
        """What is taken of a wrapper where something was found to be one."""
        asked = file.parent(file.parent(use.node) or use.node)
        branch = file.parent(asked) if asked is not None else None
        if not isinstance(asked, cst.Call) or not isinstance(branch, cst.If) or branch.test is not asked:
            return
        value = _code(asked.args[0].value)
        for node in m.findall(branch.body, m.Attribute(attr=m.Name("tuple_value"))):
            if isinstance(node, cst.Attribute) and _code(node.value) == value:
                yield Edit(self.id, node, put(node.value))

    def _plan(self, file: SourceFile, use: Use) -> Planned:
        if use.call is None:
            hint = "isinstance(expr, relax.Tuple), or its type is a tuple type"
            return self.refuse(file, use.node, "whether an expression has several results is asked of its type", hint)
        bound = bind(use.call, _PARAMETERS)
        if isinstance(bound, str) or "tuple_value" not in bound:
            return self.refuse(file, use.call, bound if isinstance(bound, str) else "tuple_value is missing")
        return Edit(self.id, use.call, _unwrapped)


def _all_parts(file: SourceFile, size: cst.Attribute) -> cst.ListComp | None:
    """The list of ``x[i] for i in range(x.size)`` that a size is taken for."""
    around = file.around(size, cst.ListComp)
    if not isinstance(around, cst.ListComp) or not isinstance(size.value, cst.Name):
        return None
    index = around.for_in.target
    name = index.value if isinstance(index, cst.Name) else ""
    parts = m.ListComp(
        m.Subscript(m.Name(size.value.value), [m.SubscriptElement(m.Index(m.Name(name)))]),
        m.CompFor(iter=m.Call(m.Name("range"), [m.Arg(m.Attribute(m.Name(size.value.value)))]), ifs=[]),
    )
    return around if m.matches(around, parts) else None


def _as_list(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.ListComp)
    value = cst.ensure_type(node.elt, cst.Subscript).value
    # Expressions have no __iter__, so that list(x) is no call that type checkers know.
    return cst.List([cst.StarredElement(value)])


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def _unwrapped(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    bound = bind(node, _PARAMETERS)
    assert not isinstance(bound, str)
    value = bound["tuple_value"].value
    if isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript)) or value.lpar:
        return value.with_changes(lpar=node.lpar, rpar=node.rpar) if node.lpar else value
    return value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


RULE = TupleWrappers()
