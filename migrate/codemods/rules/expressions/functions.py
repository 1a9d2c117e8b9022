"""``relay.Function`` and ``relay.Call``: the same class names with other arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.arguments import bind, with_arguments
from migrate.codemods.edits import put
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_PARAMETERS = {
    "tvm.relay.Function": ("params", "body", "ret_type", "type_params", "attrs", "span"),
    "tvm.relay.Call": ("op", "args", "attrs", "type_args", "span"),
    "tvm.relay.If": ("cond", "true_branch", "false_branch", "span"),
    "tvm.relay.Constant": ("data", "span"),
}
_FUNCTION = "tvm.relay.Function"
_HELPER = '''def function_of(params, body):
    """A function of an expression that need not have a type yet."""
    builder = {relax}.BlockBuilder()
    with builder.function("main", params, private=True):
        builder.emit_func_output(body)
    return builder.get()["main"]
'''
_GONE = {"type_params", "type_args"}
_EMPTY = ("None", "[]", "()")


class Functions(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.expressions.make"
    title: ClassVar[str] = "relay.Function(...) and relay.Call(...) with the arguments that Relax has"
    explanation: ClassVar[str] = (
        "Relax functions take the type of their result where Relay had ret_type, and no type parameters. The fourth"
        " argument of relax.Call says the types of opaque calls; Relay's type_args repeat what type inference finds,"
        " so they go. What comes after an argument that goes is written with its name. Constants are"
        " made by relax.const. Outside of mutators, a function of parameters and a body alone is made by a builder,"
        " which deduces the types that relax.Function wants to be there."
    )
    facts: ClassVar[str] = "tvm.relay.Function, Call, If and Constant of TVM 0.19; tvm.relax of TVM 0.21, 0.26 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relay


def visit(self, call):
    new = relay.Call(call.op, arguments, call.attrs, call.type_args, call.span)
    return new, relay.Function(params, body, ret_type=t, attrs=attrs)
""",
            """from tvm import relax


def visit(self, call):
    new = relax.Call(call.op, arguments, call.attrs, span=call.span)
    return new, relax.Function(params, body, ret_ty=t, attrs=attrs)
""",
        ),
        Example(
            """from tvm import relay

func = relay.Function(params, body, func.ret_type, func.type_params, func.attrs)
""",
            """from tvm import relax

func = relax.Function(params, body, func.ret_type, attrs=func.attrs)
""",
            target="0.21",
        ),
        Example(
            """from tvm import relay, relax


def build(x):
    return relay.Function([x], relax.op.exp(x))


class Mutator(relax.PyExprMutator):
    def visit_function_(self, func):
        return relay.Function(func.params, self.visit(func.body))
""",
            "from tvm import relax\n\n\n"
            + _HELPER.format(relax="relax")
            + """

def build(x):
    return function_of([x], relax.op.exp(x))


class Mutator(relax.PyExprMutator):
    def visit_function_(self, func):
        return relax.Function(func.params, self.visit(func.body))
""",
        ),
        Example(
            """import tvm
from tvm import relay

one = relay.Constant(tvm.nd.array(1.0))
""",
            """import tvm
from tvm import relax

one = relax.const(tvm.nd.array(1.0))
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\nfunc = relax.Function(params, body)\n",
        "from tvm import relay\n\n\ndef f(e):\n    return isinstance(e, relay.Function)\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import relay\n\nfunc = relay.Function(*parts)\n", "known at run time only"),
        Refused(
            "from tvm import relay\n\ncall = relay.Call(op, args, None, [relay.TensorType((), 'bool')])\n", "type_args"
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return any(f"{name.rpartition('.')[2]}(" in text for name in _PARAMETERS) or "relay" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for name, parameters in _PARAMETERS.items():
            for use in file.uses.get(name, ()):
                if use.call is not None:
                    yield self._plan(file, use, use.call, parameters, target)

    def _plan(self, file: SourceFile, use: Use, call: cst.Call, names: tuple[str, ...], target: Target) -> Planned:
        if len(use.meanings) > 1:
            return self.refuse(file, use.node, "the name may stand for something else, too")
        bound = bind(call, names)
        if isinstance(bound, str):
            return self.refuse(file, call, bound)
        for name in _GONE & bound.keys():
            if not _follows(bound[name].value, name):
                return self.refuse(
                    file,
                    call,
                    f"Relax has no {name}: types are deduced from the arguments",
                    "leave it out, or give sinfo_args (ty_args since TVM 0.26) to an opaque call",
                )
        way = way_to(file, use, "tvm.relax")
        if isinstance(way, NameTaken):
            return self.refuse(file, call, way.reason, way.hint)
        if use.name == _FUNCTION and set(bound) == {"params", "body"} and not _in_walk(file, call):
            helper = _HELPER.replace("{relax}", _code(way.expression))
            return Edit(self.id, use.node, put(cst.Name("function_of")), way.imports, claims=(call,), helpers=(helper,))
        made = "const" if use.name == "tvm.relay.Constant" else use.name.rpartition(".")[2]
        order, words = list(bound), {"ret_type": target.word("result_type"), "data": "value"}

        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, cst.Call)
            kept = [_argument(name, item, words) for name, item in zip(order, node.args, strict=True)]
            return with_arguments(node, _named(order, kept)).with_changes(func=attribute(way.expression, made))

        note = ""
        if use.name == "tvm.relay.If":
            note = "relax.If stands outside of dataflow blocks, and its branches are sequences of bindings"
        return Edit(self.id, call, rewrite, way.imports, note)


def _in_walk(file: SourceFile, call: cst.Call) -> bool:
    """Whether a call stands in a mutator or a callback: what it has visited has types."""
    around = file.around(call, cst.ClassDef)
    return isinstance(around, cst.ClassDef) and bool(around.bases)


def _follows(value: cst.BaseExpression, name: str) -> bool:
    """Whether an argument that goes says nothing of its own: another expression's, or none."""
    return (isinstance(value, cst.Attribute) and value.attr.value == name) or _code(value) in _EMPTY


def _code(value: cst.BaseExpression) -> str:
    return cst.Module([]).code_for_node(value)


def _argument(name: str, argument: cst.Arg, words: dict[str, str]) -> cst.Arg | None:
    if name in _GONE or (name == "span" and _code(argument.value) == "None"):
        return None
    keyword = cst.Name(words.get(name, name)) if argument.keyword else None
    return argument.with_changes(keyword=keyword)


def _named(order: list[str], kept: list[cst.Arg | None]) -> list[cst.Arg | None]:
    """Arguments after one that goes, with their names."""
    gone = False
    result: list[cst.Arg | None] = []
    for name, argument in zip(order, kept, strict=True):
        gone = gone or argument is None
        if argument is not None and gone and argument.keyword is None:
            equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
            argument = argument.with_changes(keyword=cst.Name(name), equal=equal)
        result.append(argument)
    return result


RULE = Functions()
