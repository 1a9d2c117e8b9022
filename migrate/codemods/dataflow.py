"""Which expressions of a file are dataflow patterns: made by the pattern functions, or names given to such ones."""

from __future__ import annotations

from functools import lru_cache

import libcst as cst
from libcst import matchers as m

from migrate.codemods.names import SourceFile, dotted

OLD_MODULE = "tvm.relay.dataflow_pattern"
NEW_MODULE = "tvm.relax.dpl"
_SAME = (
    "is_op",
    "wildcard",
    "is_var",
    "is_expr",
    "is_tuple",
    "is_tuple_get_item",
    "has_attr",
    "has_dtype",
    "DFPattern",
    "CallPattern",
    "ConstantPattern",
    "ExprPattern",
    "VarPattern",
    "TuplePattern",
    "TupleGetItemPattern",
    "WildcardPattern",
    "AttrPattern",
    "DataTypePattern",
    "ShapePattern",
    "FunctionPattern",
)
RENAMED = {name: name for name in _SAME} | {"is_constant": "is_const", "AltPattern": "OrPattern"}
"""Names of Relay's pattern language that Relax has, too, and how it calls them."""

_MAKERS = {name for name in RENAMED if name[0].islower()} | {"is_let", "is_if", "has_type", "has_shape", "dominates"}
_METHODS = {"optional", "has_attr", "has_type", "has_dtype", "has_shape", "dominates"}
_SUGAR = (cst.Add, cst.Subtract, cst.Multiply, cst.Divide, cst.BitOr)
_CALLED = {f"{module}.{name}" for module in (OLD_MODULE, NEW_MODULE) for name in (*_MAKERS, "is_const")}
_IS_OP = (f"{OLD_MODULE}.is_op", f"{NEW_MODULE}.is_op")


class Patterns:
    """The patterns of one file."""

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._known: dict[tuple[cst.CSTNode | None, str], cst.BaseExpression] = {}
        self.any = any(name.startswith((OLD_MODULE, NEW_MODULE)) for name in file.uses)
        """Whether the file has to do with patterns at all."""
        if self.any:
            self._learn()

    def _learn(self) -> None:
        waiting = [node for node in m.findall(self._file.module, m.Assign()) if isinstance(node, cst.Assign)]
        again = True
        while again:
            again = False
            rest: list[cst.Assign] = []
            for node in waiting:
                if not self.is_pattern(node.value):
                    rest.append(node)
                    continue
                for target in node.targets:
                    key = self._key(target.target)
                    if key is not None:
                        again = again or key not in self._known
                        self._known[key] = node.value
            waiting = rest

    def _key(self, node: cst.BaseExpression) -> tuple[cst.CSTNode | None, str] | None:
        if isinstance(node, cst.Name):
            return self._file.around(node, cst.FunctionDef, cst.Lambda), node.value
        if isinstance(node, cst.Attribute) and dotted(node).startswith("self."):
            return self._file.around(node, cst.ClassDef), dotted(node)
        return None

    def value_of(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        """What a name was given, where that is a pattern."""
        if isinstance(node, cst.Attribute):
            key = self._key(node)
            return self._known.get(key) if key else None
        if not isinstance(node, cst.Name):
            return None
        place: cst.CSTNode | None = node
        while place is not None:
            place = self._file.around(place, cst.FunctionDef, cst.Lambda)
            if (place, node.value) in self._known:
                return self._known[place, node.value]
            if isinstance(place, (cst.FunctionDef, cst.Lambda)) and node.value in _parameters(place.params):
                return None
        return None

    def is_pattern(self, node: cst.BaseExpression) -> bool:
        """Whether an expression is known to be a pattern."""
        while True:
            if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, _SUGAR):
                if self.is_pattern(node.right):
                    return True
                node = node.left
            elif isinstance(node, cst.Call):
                if self._file.name_of(node.func) in _CALLED:
                    return True
                method = isinstance(node.func, cst.Attribute) and node.func.attr.value in _METHODS
                node = node.func.value if method and isinstance(node.func, cst.Attribute) else node.func
            else:
                return self.value_of(node) is not None

    def op_call(self, node: cst.BaseExpression) -> cst.Call | None:
        """The call ``is_op(name)`` that a pattern begins with, through ``has_attr`` and the call of its arguments."""
        seen = 0
        while seen < 100:
            seen += 1
            if isinstance(node, cst.Call):
                if self._file.name_of(node.func) in _IS_OP:
                    return node
                method = isinstance(node.func, cst.Attribute) and node.func.attr.value in _METHODS
                node = node.func.value if method and isinstance(node.func, cst.Attribute) else node.func
                continue
            value = self.value_of(node)
            if value is None:
                return None
            node = value
        return None


def _parameters(params: cst.Parameters) -> set[str]:
    named = (*params.params, *params.posonly_params, *params.kwonly_params)
    return {item.name.value for item in named}


@lru_cache(maxsize=2)
def patterns_of(file: SourceFile) -> Patterns:
    """The patterns of a file, found once for all rules."""
    return Patterns(file)


def is_op_call(file: SourceFile, node: cst.CSTNode) -> bool:
    """Whether a node is a call of ``is_op``."""
    return isinstance(node, cst.Call) and file.name_of(node.func) in _IS_OP


def op_text(call: cst.Call) -> str | None:
    """The operator that a call ``is_op("name")`` names; None where it is not written out."""
    if len(call.args) != 1 or not isinstance(call.args[0].value, cst.SimpleString):
        return None
    value = call.args[0].value.evaluated_value
    return value if isinstance(value, str) else None


def quoted_like(old: cst.BaseExpression, text: str) -> cst.SimpleString:
    """A string literal with the quotes of another one."""
    quote = old.quote if isinstance(old, cst.SimpleString) else '"'
    return cst.SimpleString(f"{quote}{text}{quote}")


def simple(node: cst.BaseExpression) -> bool:
    """Whether an expression may be written twice: a name, or a dotted one."""
    return bool(dotted(node))


def makes_pattern(file: SourceFile, node: cst.BaseExpression) -> bool:
    """Whether an expression is a pattern function called with nothing, so that writing it twice is two patterns."""
    return isinstance(node, cst.Call) and not node.args and file.name_of(node.func) in _CALLED
