"""Attributes, methods and keywords that were called after struct info, and others that moved with a release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.rules.expressions.attributes import is_global
from migrate.codemods.target import Target

_WORDS = {
    "struct_info": "type",
    "struct_info_": "type",
    "ret_struct_info": "result_type",
    "sinfo_args": "type_args",
    "has_struct_info": "has_type",
    "with_struct_info": "with_type",
    "from_struct_info": "from_type",
    "func_ret_struct_info": "func_result_type",
    "visit_constant_": "visit_constant",
    "asnumpy": "numpy",
}
_KEYWORDS = {
    "out_sinfo": "out_type",
    "sinfo_args": "type_args",
    "ret_struct_info": "result_type",
    "struct_info": "type",
}


class RelaxAttributes(Rule):
    """See the module text."""

    id: ClassVar[str] = "relax.names.attributes"
    title: ClassVar[str] = "x.struct_info becomes x.ty; out_sinfo= becomes out_ty=; visit_constant_ its new name"
    explanation: ClassVar[str] = (
        "The type of an expression is .ty since TVM 0.26, a function's result type ret_ty, the types of an opaque call"
        " ty_args; variables say their name by .name (global variables by name_hint, as before). Visitors take"
        " constants in visit_generic_const_ since 0.27, whose array is .value."
    )
    facts: ClassVar[str] = "tvm.relax of TVM 0.21, 0.25, 0.26 and 0.27"
    source: ClassVar[str] = "relax"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relax


@relax.expr_functor.mutator
class Halve(relax.PyExprMutator):
    def visit_constant_(self, op):
        return relax.const(op.data.numpy() / 2, op.struct_info.dtype)

    def visit_var_(self, var):
        print(var.name_hint)
        return relax.op.call_tir(self.gv, [var], out_sinfo=var.struct_info)
""",
            """from tvm import relax


@relax.expr_functor.mutator
class Halve(relax.PyExprMutator):
    def visit_generic_const_(self, op):
        return relax.const(op.value.numpy() / 2, op.ty.dtype)

    def visit_var_(self, var):
        print(var.name)
        return relax.op.call_tir(self.gv, [var], out_ty=var.ty)
""",
        ),
        Example(
            """from tvm import relax


def shape(var, const):
    return relax.get_shape_of(var), var.struct_info, const.data.numpy()
""",
            """from tvm import relax


def shape(var, const):
    return relax.get_shape_of(var), var.ty, const.data.numpy()
""",
            target="0.26",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\n\ndef f(gv, x):\n    return relax.const(1), gv.name_hint, x.ty\n",
        "def f(x):\n    return x.struct_info\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return any(word in text for word in (*_WORDS, *_KEYWORDS, "name_hint", ".data"))

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        if not file.of_tvm:
            return
        for old, word in _WORDS.items():
            new = target.word(word)
            for node in file.attributes.get(old, ()) if new != old else ():
                yield _renamed(self.id, node, new)
        yield from self._definitions(file, target)
        yield from self._keywords(file, target)
        name, data = target.word("name_hint"), target.word("constant_data")
        for node in file.attributes.get("name_hint", ()):
            if name != "name_hint" and not is_global(node.value):
                yield _renamed(self.id, node, name)
        for node in file.attributes.get("data", ()):
            around = file.parent(node)
            if data != "data" and isinstance(around, cst.Attribute) and around.attr.value in ("numpy", "asnumpy"):
                yield _renamed(self.id, node, data)

    def _definitions(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        new = target.word("visit_constant")
        for function in file.functions:
            if function.name.value == "visit_constant_" and new != "visit_constant_":
                yield Edit(self.id, function.name, lambda node: node.with_changes(value=new))

    def _keywords(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        for call in file.calls:
            for argument in call.args:
                word = _KEYWORDS.get(argument.keyword.value) if argument.keyword else None
                if word and argument.keyword and target.word(word) != argument.keyword.value:
                    yield _keyword(self.id, argument.keyword, target.word(word))


def _keyword(rule: str, node: cst.Name, name: str) -> Edit:
    return Edit(rule, node, lambda new: new.with_changes(value=name))


def _renamed(rule: str, node: cst.Attribute, name: str) -> Edit:
    return Edit(rule, node, lambda new: new.with_changes(attr=cst.Name(name)))


RULE = RelaxAttributes()
