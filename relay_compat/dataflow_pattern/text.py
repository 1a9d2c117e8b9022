"""The text of patterns, in the form that TVM's own log messages have (src/relay/ir/dataflow_pattern.cc in 0.19).

Composite patterns are numbered, a wildcard shows what it was redirected to; a pattern that was shown before, or that
contains itself, is referred to by its number.
"""

from __future__ import annotations

from relay_compat.dataflow_pattern.patterns import (
    AltPattern,
    AttrPattern,
    CallPattern,
    ConstantPattern,
    DataTypePattern,
    DFPattern,
    DominatorPattern,
    ExprPattern,
    FunctionPattern,
    IfPattern,
    LetPattern,
    ShapePattern,
    TupleGetItemPattern,
    TuplePattern,
    TypePattern,
    VarPattern,
    WildcardPattern,
    operands_of,
)
from relay_compat.ir.expr import Op
from tensor_core.trampoline import Steps, run


def pattern_text(pattern: DFPattern) -> str:
    """The text of a pattern, with that of the patterns that it refers to by number."""
    writer = _Writer()
    main = run(writer.text(pattern))
    referred = [writer.texts[item] for item in writer.again]
    return "\n".join(["Main pattern:", main, "Auxiliary patterns:", *referred])


class _Writer:
    def __init__(self) -> None:
        self.numbers: dict[DFPattern, int] = {}
        self.texts: dict[DFPattern, str] = {}
        self.again: dict[DFPattern, None] = {}

    def text(self, pattern: DFPattern) -> Steps[str]:
        """The text, or the number of a pattern that was met before."""
        if pattern in self.numbers:
            self.again[pattern] = None
            return f"(invoke pattern id {self.numbers[pattern]})"
        self.numbers[pattern] = len(self.numbers)
        plain = _plain(pattern)
        if plain is None:
            parts: list[str] = []
            for child in operands_of(pattern):
                parts.append((yield self.text(child)))
            plain = f"(id {self.numbers[pattern]}): {_composed(pattern, parts)}"
        self.texts[pattern] = plain
        return plain


def _plain(pattern: DFPattern) -> str | None:
    match pattern:
        case ExprPattern():
            return f"Op({pattern.expr.name})" if isinstance(pattern.expr, Op) else str(pattern.expr)
        case VarPattern():
            return f"VarPattern({pattern.name})"
        case ConstantPattern():
            return "ConstantPattern()"
        case WildcardPattern() if pattern.pattern is None:
            return "*"
        case _:
            return None


def _composed(pattern: DFPattern, parts: list[str]) -> str:
    first, last, listed = (parts[0], parts[-1], ", ".join(parts)) if parts else ("", "", "")
    match pattern:
        case CallPattern():
            return f"CallPatternNode({first}, {_list(parts[1:], pattern.args)})"
        case FunctionPattern():
            return f"FunctionPatternNode({_list(parts[:-1], pattern.params)}, {last})"
        case TuplePattern():
            return f"TuplePattern({_list(parts, pattern.fields)})"
        case TupleGetItemPattern():
            return f"TupleGetItemPatternNode({first}, {pattern.index})"
        case LetPattern():
            return f"LetPatternNode({listed})"
        case IfPattern():
            return f"IfPattern({listed})"
        case DominatorPattern():
            return f"DominatorPattern({listed})"
        case AltPattern():
            return f"AltPattern({first} | {last})"
        case TypePattern():
            return f"TypePattern({first} has type {pattern.type})"
        case DataTypePattern():
            return f"DataTypePattern({first} has dtype {pattern.dtype})"
        case ShapePattern():
            return f"ShapePattern({first} has shape {list(pattern.shape)})"
        case AttrPattern():
            return f"AttrPattern({first} has attributes {dict(pattern.attrs)})"
        case _:
            return first


def _list(parts: list[str], given: object) -> str:
    return "*" if given is None else f"[{', '.join(parts)}]"
