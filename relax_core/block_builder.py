"""Building Relax modules binding by binding, shaped like tvm.relax.BlockBuilder (TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from relax_core.emitter import Emitter, finished
from relax_core.ir.expr import (
    Binding,
    Call,
    Expr,
    Function,
    GlobalVar,
    IRModule,
    MatchCast,
    PrimFunc,
    SeqExpr,
    ShapeExpr,
    Tuple,
    Var,
    op,
)
from relax_core.ir.types import Type
from relax_core.names import NameTable
from relax_core.types.deduce import type_of
from relax_core.types.leaves import function_type
from relax_core.types.relations import is_base_of, may_fit
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import BaseFunc
from tensor_core.shapes import Shape
from tensor_core.spans import Span

__all__ = ["BlockBuilder", "Branch", "Values", "as_expr"]

Values = Expr | Sequence["Values"]
"""An expression, or a (nested) Python sequence that stands for a tuple."""


def as_expr(value: Values) -> Expr:
    """The expression that a value stands for."""
    return value if isinstance(value, Expr) else Tuple(tuple(map(as_expr, value)))


class Branch:
    """One arm of a branch under construction."""

    def __init__(self, builder: BlockBuilder) -> None:
        self._builder = builder
        self._body: SeqExpr | None = None

    @property
    def is_finished(self) -> bool:
        """Whether the arm has its result."""
        return self._body is not None

    @property
    def body(self) -> SeqExpr:
        """The finished arm; R2R0205 before :meth:`result`."""
        if self._body is None:
            raise fail(codes.ILL_FORMED, "the arm has no result yet", hint="call result first")
        return self._body

    def result(self, value: Values) -> SeqExpr:
        """End the arm with this result."""
        self._body = self._builder.end_body(value)
        return self._body


class BlockBuilder:
    """Emits typed bindings in normal form.

    Variables without a name hint are called lv, lv1, ... in a dataflow block and gv, gv1, ... outside of it and as its
    outputs; names are unique in the whole module. ``release`` is the TVM release whose op spellings calls use, and
    ``emitter`` the lower layer, for code that emits without this interface.
    """

    def __init__(self, mod: IRModule | None = None, release: str = "0.27") -> None:
        self.emitter = Emitter(release)
        self._module = mod.copy() if mod is not None else IRModule()
        self._functions: dict[int, tuple[BaseFunc, GlobalVar]] = {}
        self._signature: tuple[str, tuple[Var, ...] | None, dict[str, Any], bool] | None = None
        self._done = False
        self._globals = NameTable(var.name for var in self._module)
        self._declared: dict[str, GlobalVar] = {}

    # ------------------------------------------------------------ scopes

    @contextmanager
    def function(
        self,
        name: str,
        params: Var | Sequence[Var] | None = None,
        attrs: Mapping[str, Any] | None = None,
        pure: bool = True,
        private: bool = False,
    ) -> Generator[None]:
        """Build a global function inside the ``with`` block, which must end with :meth:`emit_func_output`.

        The function gets the attribute ``global_symbol`` unless it is ``private``.
        """
        if self._signature is not None:
            raise fail(codes.ILL_FORMED, f"function {name} is opened inside {self._signature[0]}")
        given = (params,) if isinstance(params, Var) else None if params is None else tuple(params)
        attributes = dict(attrs or {})
        if not private:
            attributes.setdefault("global_symbol", name)
        self._signature, self._done = (name, given, attributes, pure), False
        self._open(given or ())
        try:
            yield
            if not self._done:
                raise fail(codes.ILL_FORMED, f"function {name} has no result", hint="call emit_func_output last")
        finally:
            self._signature = None
            self.emitter.scopes.clear()

    @contextmanager
    def dataflow(self) -> Generator[None]:
        """Emit into a dataflow block inside the ``with`` block."""
        scope = self.emitter.scope
        scope.start(True)
        yield
        scope.start(False)

    @contextmanager
    def branch(self) -> Generator[Branch]:
        """Build one arm of an If inside the ``with`` block; end it with ``arm.result(value)`` and use ``arm.body``."""
        self.emitter.open()
        arm = Branch(self)
        yield arm
        if not arm.is_finished:
            arm.result(Tuple(()))

    def begin_local_function(self, params: Sequence[Var]) -> None:
        """Start the body of a local function; what follows is emitted into it until :meth:`end_local_function`."""
        self._open(params)

    def end_local_function(
        self, params: Sequence[Var], result: Values, ret_ty: Type | None = None, pure: bool = True
    ) -> Function:
        """End the body of a local function and return the function, to be emitted or called."""
        body = self.end_body(result)
        return finished(Function(tuple(params), body, ret_ty, pure), body)

    def end_body(self, result: Values) -> SeqExpr:
        """End the innermost body with this result."""
        value = self.emitter.argument(as_expr(result))
        return self.emitter.close(value)

    def _open(self, params: Sequence[Var]) -> None:
        for param in params:
            if param.ty is None:
                raise fail(codes.UNRESOLVED_TYPE, f"parameter {param.name} has no type", param.span, "annotate it")
        self.emitter.open()

    # ------------------------------------------------------------ bindings

    def emit(self, expr: Values, name_hint: str = "", *, span: Span | None = None, origin: Any = None) -> Var:
        """Bind an expression to a new variable of the current block. ``origin`` is kept on the binding."""
        emitter = self.emitter
        value = emitter.normal(expr if isinstance(expr, Expr) else as_expr(expr))
        return emitter.bind(value, name_hint, span, origin)

    def emit_output(self, output: Values, name_hint: str = "", *, span: Span | None = None, origin: Any = None) -> Var:
        """Bind an expression to a variable that is visible outside of the current dataflow block."""
        if not self.emitter.scope.dataflow:
            raise fail(codes.ILL_FORMED, "emit_output is for dataflow blocks", span, "use emit")
        value = self.emitter.normal(as_expr(output))
        return self.emitter.bind(value, name_hint, span, origin, output=True)

    def match_cast(self, value: Expr, ty: Type, name_hint: str = "", *, origin: Any = None) -> Var:
        """Bind a value under another type, which is checked at run time; new symbolic variables are bound by it."""
        emitter = self.emitter
        source = emitter.argument(value)
        found = type_of(source)
        if found is not None and not may_fit(ty, found):
            raise fail(codes.TYPE_MISMATCH, f"a value of type {found} can never be {ty}", getattr(value, "span", None))
        var = emitter.variable(ty, name_hint)
        emitter.add(MatchCast(var, source, ty, None, origin))
        return var

    def emit_normalized(self, binding: Binding) -> None:
        """Add a binding that is in normal form already."""
        self.emitter.add(binding)

    def emit_func_output(self, output: Values, params: Var | Sequence[Var] | None = None) -> GlobalVar:
        """End the function with this result and add it to the module. ``params`` unless given to :meth:`function`."""
        if self._signature is None:
            raise fail(codes.ILL_FORMED, "emit_func_output is for the inside of a function")
        name, known, attrs, pure = self._signature
        if params is not None:
            known = (params,) if isinstance(params, Var) else tuple(params)
        body = self.end_body(output)
        function = finished(Function(known or (), body, None, pure, attrs or None), body)
        self._done = True
        return self._put(name, function)

    def call_tir(
        self,
        func: PrimFunc | GlobalVar,
        args: Expr | Sequence[Expr],
        out_ty: Type | Sequence[Type],
        tir_vars: Shape | None = None,
        name_hint: str = "",
    ) -> Call:
        """A call of a tensor program, which is added to the module unless it is there; not emitted yet.

        ``out_ty``: the type of the one output, or a sequence with one type for each output.
        """
        callee = func if isinstance(func, GlobalVar) else self.add_func(func, name_hint or func.name)
        given = args if isinstance(args, Tuple) else Tuple((args,) if isinstance(args, Expr) else tuple(args))
        extra = () if tir_vars is None else (ShapeExpr(tuple(tir_vars)),)
        types = (out_ty,) if isinstance(out_ty, Type) else tuple(out_ty)
        return Call(op("relax.call_tir"), (callee, given, *extra), None, types)

    # ------------------------------------------------------------ module

    def add_func(self, func: BaseFunc, func_name: str) -> GlobalVar:
        """Add a function under a unique name; the same function object is added once."""
        known = self._functions.get(id(func))
        if known is not None:
            return known[1]
        var = self._put(self._globals.unique(func_name), func)
        self._functions[id(func)] = (func, var)
        return var

    def update_func(self, gv: GlobalVar, updated_func: BaseFunc) -> None:
        """Replace a function of the module."""
        self._module[gv] = updated_func
        gv.memo("checked", type_of(updated_func))

    def declare(self, name: str, like: Function) -> GlobalVar:
        """The variable of a function that is built later, typed by the annotations of ``like``, for calls of it."""
        var = self._global(name)
        var.memo("checked", function_type(like))
        return var

    def _put(self, name: str, function: BaseFunc) -> GlobalVar:
        var = self._global(name)
        self._module[var] = function
        found = type_of(function)
        if var.checked is not None and found is not None and not is_base_of(var.checked, found):
            raise fail(codes.TYPE_MISMATCH, f"function {name} was declared as {var.checked}, and is {found}")
        var.memo("checked", found)
        return var

    def _global(self, name: str) -> GlobalVar:
        self._globals.reserve(name)
        if name in self._module:
            return self._module.get_global_var(name)
        return self._declared.setdefault(name, GlobalVar(name))

    def get_unique_name(self, name_prefix: str) -> str:
        """A name for a variable that no other variable has."""
        return self.emitter.names.unique(name_prefix)

    def normalize(self, expr: Expr) -> Expr:
        """The expression as a right-hand side in normal form; nested parts are emitted into the current block."""
        return self.emitter.normal(expr)

    def lookup_binding(self, var: Var) -> Expr | None:
        """What a variable is bound to; None for parameters."""
        return self.emitter.values.get(var)

    def current_block_is_dataflow(self) -> bool:
        """Whether emission goes into a dataflow block."""
        return self.emitter.scope.dataflow

    def get(self) -> IRModule:
        """The module so far."""
        return self._module

    def finalize(self) -> IRModule:
        """The finished module; R2R0205 when a function is still open."""
        if self._signature is not None:
            raise fail(codes.ILL_FORMED, f"function {self._signature[0]} is still open", hint="leave its with block")
        return self._module
