"""Expressions as Relay's text writes them: the order and the names that TVM 0.19's printer gives.

Every node that is neither a leaf nor the only use at the root of a scope becomes a graph variable ``%n``, numbered when
its parent is printed, in the scope where that happens. What can nest is written as steps of the trampoline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count

from relay_compat.ir.adt import (
    Constructor,
    Match,
    Pattern,
    PatternConstructor,
    PatternTuple,
    PatternVar,
    PatternWildcard,
)  # fmt: skip
from relay_compat.ir.expr import (
    Call,
    Constant,
    Function,
    GlobalVar,
    If,
    Let,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    Var,
)  # fmt: skip
from relay_compat.text.literals import constant_text
from relay_compat.text.print_values import ValuePrinter
from tensor_core import dtypes
from tensor_core.module import Expr
from tensor_core.node import Node, post_order
from tensor_core.trampoline import Steps

INLINE = (Var, GlobalVar, Constant, Op, Constructor)
ANNOTATED = (Constant, Call, Var, Function, Tuple, TupleGetItem)


_DEEPER, _BACK = "\x01", "\x02"


def indented(text: str) -> str:
    """A block's content with a line break before it, marked to be moved right by :func:`lay_out`."""
    return f"{_DEEPER}\n{text}{_BACK}"


def lay_out(text: str) -> str:
    """Indent marked blocks by two blanks a level: once for the whole text, since blocks nest."""
    result: list[str] = []
    padding = ""
    for line in text.split("\n"):
        change = line.count(_DEEPER) - line.count(_BACK)
        if change or _DEEPER in line:
            line = line.replace(_DEEPER, "").replace(_BACK, "")
        result.append(padding + line)
        if change:
            padding = " " * (len(padding) + 2 * change)
    return "\n".join(result)


class ExprPrinter(ValuePrinter):
    """Prints expressions. Names and numbers go on through all that one printer prints."""

    def __init__(self, show_meta: bool = True, annotate: Callable[[Expr], str] | None = None) -> None:
        super().__init__(show_meta)
        self._annotate = annotate
        self._texts: dict[Expr, str] = {}
        self._placed: set[Expr] = set()
        self._free: dict[Expr, str] = {}
        self._names: dict[str, int] = {}
        self._numbers = count()
        self._lines: list[str] = []
        self._root: Expr | None = None
        self._uses: dict[int, int] | None = None

    def begin(self, root: Expr) -> None:
        """Start on a function or expression: uses are counted within it."""
        self._root = root
        self._uses = None

    # ------------------------------------------------------------ scopes

    def scope(self, root: Expr) -> Steps[str]:
        """The lines of a scope: its graph variables and the text of its result."""
        outer = self._lines
        lines: list[str] = []
        self._lines = lines
        text = yield self._root_text(root)
        self._lines = outer
        lines.append(text)
        return "\n".join(lines)

    def _body(self, root: Expr) -> Steps[str]:
        text = yield self.scope(root)
        return f"{{{indented(text)}\n}}"

    def _root_text(self, root: Expr) -> Steps[str]:
        """The text of a scope's result, which is written in place unless it is used elsewhere too."""
        if root not in self._texts:
            inline = isinstance(root, INLINE) or self._is_unique(root)
            yield self._visit(root)
            if inline and root not in self._placed:
                text = self._texts[root]
                if not isinstance(root, Var):
                    text = self._texts[root] = text + self._comment(root)
                    self._placed.add(root)
                    return text
        return self._operand(root)

    def _is_unique(self, expr: Expr) -> bool:
        uses = self._uses
        if uses is None:
            uses = self._uses = count_uses([self._root]) if self._root is not None else {}
        return uses.get(id(expr), 0) < 2

    # ------------------------------------------------------------ operands

    def _operand(self, expr: Expr) -> str:
        """How a visited expression is written where it is used; the first use of one that is not inlined binds it."""
        text = self._texts[expr]
        if expr in self._placed:
            return text
        self._placed.add(expr)
        if isinstance(expr, Var):
            declaration = self._free.get(expr)
            if declaration is not None:
                self._lines.append(f"free_var {declaration};")
            return text
        if isinstance(expr, Let):
            text = f"({indented(text)}\n)"
        text += self._comment(expr)
        if not isinstance(expr, INLINE):
            name = f"%{next(self._numbers)}"
            self._lines.append(f"{name} = {text};")
            text = name
        self._texts[expr] = text
        return text

    def _comment(self, expr: Expr) -> str:
        if self._annotate is not None:
            return self._annotate(expr)
        if not isinstance(expr, ANNOTATED):
            return ""
        declared = expr.span.declared if expr.span is not None else None
        if expr.checked is None:
            return f" /* span={declared} */" if declared is not None else ""
        text = self.type(expr.checked)
        return f" /* ty={text} span={declared} */" if declared is not None else f" /* ty={text} */"

    # ------------------------------------------------------------ dataflow

    def _visit(self, root: Expr) -> Steps[None]:
        """Make the texts of an expression and of all it is computed from, operands before users."""
        texts = self._texts
        stack: list[tuple[Expr, bool]] = [(root, False)]
        while stack:
            expr, expanded = stack.pop()
            if expr in texts:
                continue
            kind = type(expr)
            if kind is Call or kind is Tuple or kind is TupleGetItem:
                if expanded:
                    texts[expr] = self._dataflow(expr)
                else:
                    stack.append((expr, True))
                    stack.extend((child, False) for child in self._operands_of(expr) if child not in texts)
            elif kind in _LEAVES:
                self._leaf(expr)
            else:
                text = yield self._scoped(expr)
                texts[expr] = text

    def _dataflow(self, expr: Expr) -> str:
        if isinstance(expr, Call):
            return self._call(expr)
        if isinstance(expr, Tuple):
            fields = [self._operand(field) for field in expr.fields]
            return f"({fields[0]},)" if len(fields) == 1 else f"({', '.join(fields)})"
        assert isinstance(expr, TupleGetItem)
        return self._project(self._operand(expr.tuple_value), expr.index)

    def _operands_of(self, expr: Expr) -> Iterator[Expr]:
        return operands(expr)

    def _project(self, text: str, index: int) -> str:
        return f"{text}.{index}"

    def _call(self, call: Call) -> str:
        # Arguments first, so that they are bound before the callee: this places the callee next to its call.
        args = [self._operand(arg) for arg in call.args]
        if call.attrs is not None:
            args += self.call_attrs(call.attrs, call.op)
        callee = call.op
        if isinstance(callee, Constructor) and not callee.inputs:
            return callee.name
        return f"{self._operand(callee)}({', '.join(args)})"

    def _leaf(self, expr: Expr) -> None:
        if isinstance(expr, Var):
            self._free[expr] = self._declare(expr)
        elif isinstance(expr, Constant):
            text = constant_text(expr.data, dtypes.from_numpy(expr.data.dtype))
            self._texts[expr] = text or self.metadata.refer(expr, "relay.Constant")
        elif isinstance(expr, GlobalVar):
            self._texts[expr] = f"@{expr.name}"
        else:
            assert isinstance(expr, (Op, Constructor))
            self._texts[expr] = expr.name

    # ------------------------------------------------------------ variables

    def _declare(self, var: Var) -> str:
        """Name a variable: the text of its declaration. One declared twice is marked as TVM marks it."""
        if var in self._texts:
            return self._texts[var] + "-malformed-ir"
        name = var.name
        if not name or not (name[0].isascii() and name[0].isalpha()):
            name = f"v{name}"
        text = self._texts[var] = self._unique(f"%{name}")
        if var.virtual_device is not None:
            text += f" {{virtual_device={self.value(var.virtual_device)}}}"
        if var.type_annotation is not None:
            text += f": {self.type(var.type_annotation)}"
        return text + self._comment(var)

    def _unique(self, name: str) -> str:
        taken = self._names.get(name)
        if taken is not None:
            base = name
            while name in self._names:
                taken += 1
                name = f"{base}{taken}"
            self._names[base] = taken
        self._names[name] = 0
        return name

    # ------------------------------------------------------------ what has scopes

    def function(self, function: Function, prefix: str) -> Steps[str]:
        """A function behind ``fn`` or ``def @name``."""
        params = [self._declare(param) for param in function.params]
        params += self.pairs((function.attrs or {}).items())
        if function.virtual_device is not None:
            params.append(f"virtual_device={self.value(function.virtual_device)}")
        generics = f"[{', '.join(var.name for var in function.type_params)}]" if function.type_params else ""
        result = f"-> {self.type(function.ret_type)} " if function.ret_type is not None else ""
        body = yield self._body(function.body)
        return f"{prefix}{generics}({', '.join(params)}) {result}{body}"

    def _scoped(self, expr: Expr) -> Steps[str]:
        match expr:
            case Function():
                return self.function(expr, "fn ")
            case Let():
                return self._let(expr)
            case If():
                return self._if(expr)
            case Match():
                return self._match(expr)
            case RefCreate():
                return self._reference("ref", expr.value)
            case RefRead():
                return self._reference("ref_read", expr.ref)
            case RefWrite():
                return self._reference("ref_write", expr.ref, expr.value)
            case _:
                raise TypeError(f"{type(expr).__name__} is no Relay expression")

    def _let(self, let: Let) -> Steps[str]:
        outer = self._lines
        lines: list[str] = []
        expr: Expr = let
        while isinstance(expr, Let):
            declaration = self._declare(expr.var)
            value = yield self._root_text(expr.value)
            lines.append(f"let {declaration} = {value};")
            # What the next value needs is bound behind this line; the first value's is bound outside.
            self._lines = lines
            expr = expr.body
            if not self._goes_on(expr):
                break
        self._lines = outer
        lines.append((yield self.scope(expr)))
        return "\n".join(lines)

    def _goes_on(self, body: Expr) -> bool:
        """Whether the body of a let, if it is one, is written behind it."""
        del body
        return True

    def _if(self, expr: If) -> Steps[str]:
        condition = yield self._used(expr.cond)
        then = yield self._body(expr.true_branch)
        otherwise = yield self._body(expr.false_branch)
        return f"if ({condition}) {then} else {otherwise}"

    def _match(self, match: Match) -> Steps[str]:
        data = yield self._used(match.data)
        arms: list[str] = []
        for clause in match.clauses:
            pattern = self._pattern(clause.lhs)
            body = yield self._body(clause.rhs)
            arms.append(f"{pattern} => {body},")
        inner = "\n".join(arms)
        return f"match{'' if match.complete else '?'} ({data}) {{{indented(inner)}\n}}"

    def _pattern(self, pattern: Pattern) -> str:
        match pattern:
            case PatternVar():
                return self._declare(pattern.var)
            case PatternConstructor():
                fields = f"({', '.join(map(self._pattern, pattern.patterns))})" if pattern.patterns else ""
                return pattern.constructor.name + fields
            case PatternTuple():
                return f"({', '.join(map(self._pattern, pattern.patterns))})"
            case _:
                assert isinstance(pattern, PatternWildcard)
                return "_"

    def _used(self, expr: Expr) -> Steps[str]:
        yield self._visit(expr)
        return self._operand(expr)

    def _reference(self, name: str, *operands: Expr) -> Steps[str]:
        texts: list[str] = []
        for operand in operands:
            texts.append((yield self._used(operand)))
        return f"{name}({', '.join(texts)})"


_LEAVES = frozenset(INLINE)


def operands(expr: Expr) -> Iterator[Expr]:
    """What a dataflow node is computed from, in the order in which a stack must receive it."""
    if isinstance(expr, Call):
        yield from reversed(expr.args)
        yield expr.op
    elif isinstance(expr, Tuple):
        yield from reversed(expr.fields)
    elif isinstance(expr, TupleGetItem):
        yield expr.tuple_value


def count_uses(roots: Sequence[Node]) -> dict[int, int]:
    """How often each node is a child, by its id."""
    uses: dict[int, int] = {}
    for node in post_order(roots, Node.iter_children):
        for child in node.iter_children():
            uses[id(child)] = uses.get(id(child), 0) + 1
    return uses
