"""Emitting bindings: blocks and scopes under construction, names, and what each variable is bound to.

The part that the block builder, the mutators and the normaliser share; :mod:`relax_core.normalizer` adds normal form.
Structure and naming are those of TVM's block builder (0.19 to 0.27).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    DataflowBlock,
    DataflowVar,
    Expr,
    MatchCast,
    Var,
    VarBinding,
)
from relax_core.ir.types import Type
from relax_core.names import NameTable, identifier
from relax_core.types.leaves import type_of
from relax_core.types.relations import definable_symbols, forget
from tensor_core import codes, shapes
from tensor_core.arith import Analyzer
from tensor_core.diagnostics import fail
from tensor_core.prim import Var as SymbolicVar
from tensor_core.spans import Span


class Frame:
    """A block under construction."""

    __slots__ = ("bindings", "dataflow", "memo", "span")

    def __init__(self, dataflow: bool, span: Span | None = None) -> None:
        self.bindings: list[Binding] = []
        self.dataflow = dataflow
        self.span = span
        # What this block has bound already, by identity; the expression is kept so that its id stays its own.
        self.memo: dict[int, tuple[Expr, Expr]] = {}


class Symbols:
    """The symbolic variables that are known in a scope: its own, and those of the scope around an inner one."""

    __slots__ = ("facts", "outer", "own")

    def __init__(self, outer: Symbols | None = None) -> None:
        self.own: set[SymbolicVar] = set()
        self.outer = outer
        # Made with the first symbolic variable; an inner scope goes on with that of the scope around.
        self.facts: Analyzer | None = outer.facts if outer is not None else None

    def define(self, variables: Iterable[SymbolicVar]) -> None:
        """Make variables known, as sizes that are not negative."""
        for var in variables:
            if var not in self.own:
                self.own.add(var)
                self.facts = self.facts or Analyzer()
                self.facts.mark_global_non_neg_value(var)

    def knows(self, var: SymbolicVar) -> bool:
        """Whether the variable is defined here or around."""
        scope: Symbols | None = self
        while scope is not None:
            if var in scope.own:
                return True
            scope = scope.outer
        return False


class Emitter:
    """Stacks of blocks and scopes into which bindings are emitted.

    Variables without a name hint are called lv, lv1, ... in a dataflow block and gv, gv1, ... elsewhere. ``release`` is
    the TVM release whose operator spellings calls use.
    """

    def __init__(self, release: str = "0.27", taken: Iterable[str] | Callable[[], Iterable[str]] = ()) -> None:
        self.release = release
        self.names = NameTable(taken)
        self.frames: list[Frame] = []
        self.scopes: list[Symbols] = []
        self.values: dict[Var, Expr] = {}

    # ------------------------------------------------------------ blocks

    @property
    def frame(self) -> Frame:
        """The innermost block under construction; R2R0205 when there is none."""
        if not self.frames:
            raise fail(codes.ILL_FORMED, "nothing can be emitted outside of a function", hint="open a function first")
        return self.frames[-1]

    def begin_block(self, dataflow: bool = False, span: Span | None = None) -> None:
        """Start a block."""
        self.frames.append(Frame(dataflow, span))

    def end_block(self) -> BindingBlock:
        """End the innermost block."""
        frame = self.frame
        self.frames.pop()
        return (DataflowBlock if frame.dataflow else BindingBlock)(tuple(frame.bindings), frame.span)

    # ------------------------------------------------------------ scopes

    def begin_scope(self, params: Sequence[Var] = ()) -> None:
        """Start a scope that knows the symbolic variables of ``params`` only: that of a function."""
        self.scopes.append(Symbols())
        for param in params:
            self.define_symbols(param)

    def begin_inner_scope(self) -> None:
        """Start a scope that knows what the scope around it knows: that of a branch."""
        self.scopes.append(Symbols(self.scopes[-1] if self.scopes else None))

    def end_scope(self) -> None:
        """End the innermost scope."""
        self.scopes.pop()

    def define_symbols(self, var: Var) -> None:
        """Make the symbolic variables that the type of ``var`` determines known in this scope."""
        if self.scopes and var.ty is not None:
            self.scopes[-1].define(definable_symbols(var.ty))

    @property
    def facts(self) -> Analyzer | None:
        """What is known of the symbolic variables in scope."""
        return self.scopes[-1].facts if self.scopes else None

    def well_defined(self, type_: Type | None) -> Type | None:
        """The type without what has no meaning in this scope; the type itself where no scope is open."""
        if type_ is None or not self.scopes:
            return type_
        knows = self.scopes[-1].knows
        return forget(type_, lambda dim: all(map(knows, shapes.free_vars(dim))))

    # ------------------------------------------------------------ bindings

    def bind(
        self, value: Expr, hint: str = "", span: Span | None = None, origin: object = None, output: bool = False
    ) -> Var:
        """Bind a normal, typed expression to a new variable of the current block."""
        var = self.variable(type_of(value), hint, span, output)
        self.frames[-1].bindings.append(VarBinding(var, value, span, origin))
        self.values[var] = value
        return var

    def variable(self, type_: Type | None, hint: str = "", span: Span | None = None, output: bool = False) -> Var:
        """A new variable for the current block; an ``output`` of a dataflow block is visible outside of it."""
        inner = self.frame.dataflow and not output
        name = self.names.unique(identifier(hint) if hint else "lv" if inner else "gv")
        return (DataflowVar if inner else Var)(name, type_, span)

    def add(self, binding: Binding) -> None:
        """Add a binding whose right-hand side is normal and typed; its variable takes the type when it has none.

        R2R0205 for a dataflow variable outside of a dataflow block. As in TVM, a match_cast is no binding that
        :meth:`lookup` finds.
        """
        var = binding.var
        frame = self.frame
        if isinstance(var, DataflowVar) and not frame.dataflow:
            raise fail(
                codes.ILL_FORMED, f"dataflow variable {var.name} is emitted outside of a dataflow block", var.span
            )
        if isinstance(binding, MatchCast):
            if var.ty is None:
                var.memo("ty", binding.ty)
            self.define_symbols(var)
        else:
            assert isinstance(binding, VarBinding)
            if var.ty is None:
                var.memo("ty", type_of(binding.value))
            self.values[var] = binding.value
        frame.bindings.append(binding)

    def lookup(self, var: Var) -> Expr | None:
        """What a variable is bound to; None for parameters and casts."""
        return self.values.get(var)
