"""Code generators ``relay.ext.NAME``: Relax hands over all functions for a compiler at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.dataflow import quoted_like
from migrate.codemods.edits import put
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_REGISTER = ("tvm.register_func",)


class Codegen(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.byoc.codegen"
    title: ClassVar[str] = "relay.ext.NAME becomes relax.ext.NAME, which takes a list of functions"
    explanation: ClassVar[str] = (
        "Relay calls a code generator with one function and takes one runtime module; Relax calls it with all"
        " functions for this compiler, options and the names of constants, and takes a list of modules. The old"
        " function stays and makes each of them."
    )
    facts: ClassVar[str] = "relay.ext in TVM 0.19; RunCodegen and relax.ext in TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm


@tvm.register_func("relay.ext.npu")
def compile_npu(func):
    return make(func)
""",
            """import tvm


def compile_npu(func):
    return make(func)


@tvm.register_global_func("relax.ext.npu")
def compile_npu_functions(functions, options, constant_names):
    return [compile_npu(function) for function in functions]
""",
        ),
        Example(
            """import tvm as t

t.register_func("relay.ext.npu", make)
""",
            """import tvm as t

t.register_func("relax.ext.npu", lambda functions, options, constant_names: [make(function) for function in functions])
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        'import tvm\n\n\n@tvm.register_func("mine.ext.npu")\ndef f(x):\n    return x\n',
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused('import tvm\n\ntvm.register_func("relay.ext.npu", f=f)\n', "does not stand beside the name"),
        Refused(
            'import tvm\n\n\n@tvm.register_func("relay.ext.npu.constant_updater")\ndef f(x, name):\n    return {}\n',
            "constants stand where they are used",
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "relay.ext." in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for use in file.uses_of(_REGISTER):
            name = _name(use)
            if name.startswith("relay.ext."):
                yield from self._hook(file, use, name.removeprefix("relay.ext."), target)

    def _hook(self, file: SourceFile, use: Use, name: str, target: Target) -> Iterator[Planned]:
        call = use.call
        assert call is not None
        if "." in name:
            reason = "constants stand where they are used in Relax, and nothing asks for this hook"
            yield self.refuse(file, call.args[0], reason, "bind constants with FuseOpsByPattern(bind_constants=True)")
            return
        decorator = file.parent(call)
        function = file.parent(decorator) if isinstance(decorator, cst.Decorator) else None
        if not isinstance(decorator, cst.Decorator) or not isinstance(function, cst.FunctionDef):
            yield from self._called(file, call, name)
            return
        at = list(function.decorators).index(decorator)
        module, _, last = target.word("register_func").rpartition(".")
        way = way_to(file, use, module)
        if isinstance(way, NameTaken):
            yield self.refuse(file, call.args[0], way.reason, way.hint)
            return
        register = attribute(way.expression, last)
        claims = (call, use.node)
        yield Edit(self.id, function, lambda node: _all_at_once(node, at, name, register), way.imports, claims=claims)

    def _called(self, file: SourceFile, call: cst.Call, name: str) -> Iterator[Planned]:
        """``register_func("relay.ext.NAME", function)``: each function goes to the old one when Relax asks."""
        if len(call.args) < 2 or call.args[1].keyword is not None or any(arg.star for arg in call.args):
            hint = f"register a function (functions, options, constant_names) that gives a list as relax.ext.{name}"
            yield self.refuse(file, call.args[0], "which function is registered does not stand beside the name", hint)
            return
        literal = quoted_like(call.args[0].value, f"relax.ext.{name}")
        yield Edit(self.id, call.args[0].value, put(literal))
        yield Edit(self.id, call.args[1], _each)


def _name(use: Use) -> str:
    value = use.call.args[0].value if use.call is not None and use.call.args else None
    text = value.evaluated_value if isinstance(value, cst.SimpleString) else None
    return text if isinstance(text, str) else ""


def _each(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Arg)
    made = cst.parse_expression("lambda functions, options, constant_names: [make(function) for function in functions]")
    (make,) = m.findall(made, m.Name("make"))
    value = node.value
    if not isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript)) and not value.lpar:
        value = value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node.with_changes(value=cst.ensure_type(made.deep_replace(make, value), cst.Lambda))


def _all_at_once(node: cst.CSTNode, at: int, name: str, func: cst.BaseExpression) -> cst.FlattenSentinel[cst.CSTNode]:
    assert isinstance(node, cst.FunctionDef)
    register = node.decorators[at]
    assert isinstance(register.decorator, cst.Call)
    first = register.decorator.args[0]
    literal = first.with_changes(value=cst.SimpleString(f'"relax.ext.{name}"'))
    call = register.decorator.with_changes(func=func, args=[literal, *register.decorator.args[1:]])
    text = (
        f"def {node.name.value}_functions(functions, options, constant_names):\n"
        f"    return [{node.name.value}(function) for function in functions]\n"
    )
    (outer,) = cst.parse_module(text).body
    blank = cst.EmptyLine(indent=False)
    outer = outer.with_changes(decorators=[cst.Decorator(call)], leading_lines=[blank, blank])
    rest = [item for index, item in enumerate(node.decorators) if index != at]
    return cst.FlattenSentinel([node.with_changes(decorators=rest), outer])


RULE = Codegen()
