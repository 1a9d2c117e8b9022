"""Operators offered to an external compiler by an attribute ``target.NAME``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.dataflow import quoted_like
from migrate.codemods.edits import put
from migrate.codemods.imports import NameTaken, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.op_names import op_name
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_REGISTER = "tvm.ir.register_op_attr"


class TargetAttributes(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.byoc.target_attributes"
    title: ClassVar[str] = "target.NAME attributes of operators become patterns of one operator"
    explanation: ClassVar[str] = (
        "Relax asks patterns alone which operators go to an external compiler. What was registered as the attribute"
        " target.NAME of an operator is registered as a pattern NAME.operator that matches any call of it, with the"
        " predicate as its check; the predicate gets the matched call, or its attributes and arguments where it takes"
        " those, as up to TVM 0.7. Names of operators are those of Relax."
    )
    facts: ClassVar[str] = (
        "AnnotateTarget of TVM 0.19; register_patterns and varg_default_wildcard without arguments in TVM 0.21 and 0.27"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm.ir


@tvm.ir.register_op_attr("nn.conv2d", "target.npu")
def conv2d(expr):
    return expr.attrs.groups == 1
""",
            """import tvm.ir


def conv2d(expr):
    return expr.attrs.groups == 1


tvm.relax.backend.pattern_registry.register_patterns(
    [
        (
            "npu.conv2d",
            tvm.relax.dpl.is_op("relax.nn.conv2d")(varg_default_wildcard=True),
            {},
            lambda context: conv2d(context.matched_expr),
        )
    ]
)
""",
        ),
        Example(
            """import tvm.ir


@tvm.ir.register_op_attr("nn.relu", "target.npu")
def relu(attrs, args):
    return True
""",
            """import tvm.ir


def relu(attrs, args):
    return True


tvm.relax.backend.pattern_registry.register_patterns(
    [
        (
            "npu.relu",
            tvm.relax.dpl.is_op("relax.nn.relu")(varg_default_wildcard=True),
            {},
            lambda context: relu(context.matched_expr.attrs, context.matched_expr.args),
        )
    ]
)
""",
        ),
        Example(
            """import tvm


def offer(op_name, supported=True):
    @tvm.ir.register_op_attr(op_name, "target.npu")
    def wrapper(expr):
        return supported

    return wrapper


offer("nn.relu")
""",
            """import tvm


def offer(op_name, supported=True):
    def wrapper(expr):
        return supported

    tvm.relax.backend.pattern_registry.register_patterns(
        [
            (
                "npu." + op_name.rpartition(".")[2],
                tvm.relax.dpl.is_op(op_name)(varg_default_wildcard=True),
                {},
                lambda context: wrapper(context.matched_expr),
            )
        ]
    )

    return wrapper


offer("relax.nn.relu")
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        'import tvm\n\n\n@tvm.ir.register_op_attr("relax.add", "FNote")\ndef f(x):\n    return x\n',
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused('import tvm\n\ntvm.ir.register_op_attr("nn.relu", "target.npu", f)\n', "not as a decorator"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "register_op_attr" in text and "target." in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for use in file.uses_of((_REGISTER,)):
            call = use.call
            if call is None or len(call.args) < 2 or not _compiler(call.args[1].value):
                continue
            decorator = file.parent(call)
            function = file.parent(decorator) if isinstance(decorator, cst.Decorator) else None
            if not isinstance(function, cst.FunctionDef):
                hint = "register a pattern of this operator: (name, is_op(...)(varg_default_wildcard=True), {}, check)"
                yield self.refuse(file, call, "the attribute is registered not as a decorator", hint)
                continue
            yield from self._decorated(file, use, call, function, target)

    def _decorated(
        self, file: SourceFile, use: Use, call: cst.Call, function: cst.FunctionDef, target: Target
    ) -> Iterator[Planned]:
        operator = call.args[0].value
        written = operator.evaluated_value if isinstance(operator, cst.SimpleString) else None
        name, note = "", ""
        if isinstance(written, str):
            new = op_name(written, target)
            if new is None or not new.name:
                reason = new.note if new is not None else f"{written} is no operator of TVM's"
                yield self.refuse(file, call, reason, "offer what it is made of as a pattern")
                return
            name, note = new.name, new.note
        ways = [way_to(file, use, module) for module in ("tvm.relax.backend.pattern_registry", "tvm.relax.dpl")]
        found = [way for way in ways if not isinstance(way, NameTaken)]
        if len(found) < len(ways):
            taken = next(way for way in ways if isinstance(way, NameTaken))
            yield self.refuse(file, call, taken.reason, taken.hint)
            return
        text = cst.Module([]).code_for_node
        compiler = _compiler(call.args[1].value)
        last = (
            f'"{compiler}.{name.rpartition(".")[2]}"'
            if name
            else f'"{compiler}." + {text(operator)}.rpartition(".")[2]'
        )
        said = f'"{name}"' if name else text(operator)
        lines = _REGISTERED.format(
            backend=text(found[0].expression),
            dpl=text(found[1].expression),
            row=last,
            op=said,
            function=function.name.value,
            given=_given(function),
        )
        at = next(index for index, item in enumerate(function.decorators) if item.decorator is call)
        imports = tuple(item for way in found for item in way.imports)
        inner = not isinstance(file.parent(function), cst.Module)
        yield Edit(
            self.id, function, lambda node: _registered(node, at, lines, inner=inner), imports, note, (use.node,)
        )
        if isinstance(operator, cst.Name):
            yield from self._callers(file, function, operator.value, target)

    def _callers(
        self, file: SourceFile, function: cst.FunctionDef, parameter: str, target: Target
    ) -> Iterator[Planned]:
        """The names of operators in the calls of a function that registers its parameter."""
        maker = file.around(function, cst.FunctionDef)
        if not isinstance(maker, cst.FunctionDef):
            return
        names = [item.name.value for item in maker.params.params]
        if parameter not in names:
            return
        place = names.index(parameter)
        for call in file.calls:
            if not isinstance(call.func, cst.Name) or call.func.value != maker.name.value:
                continue
            given = [arg for arg in call.args if arg.keyword is not None and arg.keyword.value == parameter]
            arg = given[0] if given else call.args[place] if place < len(call.args) else None
            text = arg.value.evaluated_value if arg is not None and isinstance(arg.value, cst.SimpleString) else None
            if arg is None or not isinstance(text, str) or text.startswith("relax."):
                continue
            new = op_name(text, target)
            if new is None or not new.name:
                reason = new.note if new is not None else f"{text} is no operator of TVM's"
                yield self.refuse(file, call, reason, "offer what it is made of as a pattern")
                continue
            written = quoted_like(arg.value, new.name)
            yield Edit(self.id, arg.value, put(written), note=new.note)


def _given(function: cst.FunctionDef) -> str:
    """What a predicate is given: the call, or its attributes and arguments."""
    matched = "context.matched_expr"
    needed = [item for item in function.params.params if item.default is None]
    return f"{matched}.attrs, {matched}.args" if len(needed) == 2 else matched


_REGISTERED = """{backend}.register_patterns(
    [
        (
            {row},
            {dpl}.is_op({op})(varg_default_wildcard=True),
            {{}},
            lambda context: {function}({given}),
        )
    ]
)
"""


def _compiler(node: cst.BaseExpression) -> str:
    """The NAME of a written "target.NAME"; empty for anything else."""
    text = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return text.removeprefix("target.") if isinstance(text, str) and text.startswith("target.") else ""


def _registered(node: cst.CSTNode, at: int, lines: str, *, inner: bool) -> cst.FlattenSentinel[cst.CSTNode]:
    assert isinstance(node, cst.FunctionDef)
    decorators = [item for index, item in enumerate(node.decorators) if index != at]
    (call,) = cst.parse_module(lines).body
    blank = [cst.EmptyLine(indent=False)] * (1 if inner else 2)
    return cst.FlattenSentinel([node.with_changes(decorators=decorators), call.with_changes(leading_lines=blank)])


RULE = TargetAttributes()
