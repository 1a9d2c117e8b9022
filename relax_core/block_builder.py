"""Building Relax modules binding by binding, shaped like tvm.relax.BlockBuilder (TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from relax_core.assumed import assumed
from relax_core.emit_card import kernel_of_card
from relax_core.emit_te import kernel_of
from relax_core.function_table import FunctionTable
from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    Expr,
    Function,
    GlobalVar,
    IRModule,
    MatchCast,
    PrimFunc,
    PrimValue,
    SeqExpr,
    ShapeExpr,
    Tuple,
    Var,
    op,
)
from relax_core.ir.types import ShapeType, TupleType, Type
from relax_core.normalizer import Normalizer, finished
from relax_core.types.deduce import type_of
from relax_core.types.partial import is_shaped
from relax_core.types.relations import may_fit
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.loops.from_card import kernel_name
from tensor_core.loops.nodes import PrimFunc as Kernel
from tensor_core.module import BaseFunc
from tensor_core.ops.card import OpCard
from tensor_core.ops.registry import registry
from tensor_core.prim import PrimExpr
from tensor_core.prim import Var as SymbolicVar
from tensor_core.shapes import Shape
from tensor_core.spans import Span
from tensor_core.tir.from_loops import from_loops

__all__ = ["BlockBuilder", "Branch", "Values", "as_expr"]

Values = Expr | PrimExpr | Sequence["Values"] | None
"""An expression, a scalar expression, a (nested) Python sequence that stands for a tuple, or None for no value."""


def as_expr(value: Values) -> Expr:
    """The expression that a value stands for."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, PrimExpr):
        return PrimValue(value)
    return Call(op("relax.null_value"), ()) if value is None else Tuple(tuple(map(as_expr, value)))


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


@dataclass
class _Open:
    """A function under construction."""

    name: str
    params: tuple[Var, ...] | None
    attrs: dict[str, Any]
    pure: bool
    done: bool = False


class BlockBuilder:
    """Emits typed bindings in normal form.

    Variables without a name hint are called lv, lv1, ... in a dataflow block and gv, gv1, ... outside of it and as its
    outputs; names are unique in the whole builder. ``release`` is the TVM release whose op spellings calls use, by
    default the module's, and ``emitter`` the lower layer, for code that emits without this interface.
    """

    _stack: ClassVar[list[BlockBuilder]] = []

    def __init__(self, mod: IRModule | None = None, release: str | None = None) -> None:
        self.emitter = Normalizer(assumed(release or (mod.release if mod is not None else None)))
        self._functions = FunctionTable(mod.copy() if mod is not None else IRModule(), self.emitter.names)
        self._open: list[_Open] = []

    @staticmethod
    def current() -> BlockBuilder | None:
        """The builder whose function is under construction, None outside of any."""
        return BlockBuilder._stack[-1] if BlockBuilder._stack else None

    # ------------------------------------------------------------ functions

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

        The function gets the attribute ``global_symbol`` unless it is ``private``. TypeError for parameters that are no
        variables, R2R0203 for parameters without a type. R2R0205 where it does not.
        """
        attributes = {**(attrs or {}), **({} if private else {"global_symbol": name})}
        opened = _Open(name, None if params is None else _params(params), attributes, pure)
        before = len(self.emitter.frames), len(self.emitter.scopes), len(self.emitter.bodies)
        self._open.append(opened)
        BlockBuilder._stack.append(self)
        self.emitter.open(opened.params or ())
        try:
            yield
            if not opened.done:
                raise fail(codes.ILL_FORMED, f"function {name} has no result", hint="call emit_func_output last")
        finally:
            self._open.pop()
            BlockBuilder._stack.pop()
            del self.emitter.frames[before[0] :], self.emitter.scopes[before[1] :], self.emitter.bodies[before[2] :]

    @property
    def _function(self) -> _Open:
        if not self._open:
            raise fail(codes.ILL_FORMED, "emit_func_output is for the inside of a function")
        return self._open[-1]

    def emit_func_output(self, output: Values, params: Var | Sequence[Var] | None = None) -> GlobalVar:
        """End the function with this result and add it to the module; ``params`` unless given to :meth:`function`.

        R2R0205 when the function has its result or its parameters already, or no parameters are given at all.
        """
        opened = self._function
        if opened.done:
            raise fail(codes.ILL_FORMED, f"function {opened.name} has its result already")
        if opened.params is not None and params is not None:
            raise fail(codes.ILL_FORMED, f"function {opened.name} has its parameters already")
        if params is not None:
            opened.params = _params(params)
            for param in opened.params:
                self.emitter.define_symbols(param)
        if opened.params is None:
            raise fail(
                codes.ILL_FORMED, f"function {opened.name} has no parameters", hint="pass an empty list for none"
            )
        opened.done = True
        body = self.end_body(output)
        function = finished(Function(opened.params, body, None, opened.pure, opened.attrs or None), body)
        return self._functions.finish(opened.name, function)

    # ------------------------------------------------------------ scopes

    @contextmanager
    def dataflow(self) -> Generator[None]:
        """Emit into a dataflow block inside the ``with`` block."""
        self.emitter.body.start(True)
        yield
        self.emitter.body.start(False)

    @contextmanager
    def testing_scope(self, def_vars: Sequence[SymbolicVar]) -> Generator[None]:
        """A dataflow block in which these symbolic variables are known, to try emission in."""
        if not all(isinstance(var, SymbolicVar) for var in list[Any](def_vars)):
            raise ValueError("def_vars can only contain symbolic variables")
        self.begin_scope([Var("sparam", ShapeType(tuple(def_vars)))])
        self.begin_dataflow_block()
        yield
        self.end_block()
        self.end_scope()

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
        self.emitter.open(_params(params))

    def end_local_function(
        self, params: Sequence[Var], result: Values, ret_ty: Type | None = None, pure: bool = True
    ) -> Function:
        """End the body of a local function and return the function, to be emitted or called."""
        body = self.end_body(result)
        return finished(Function(tuple(params), body, ret_ty, pure), body)

    def end_body(self, result: Values) -> SeqExpr:
        """End the innermost body with this result."""
        self.emitter.body.start(False)
        value = self.emitter.argument(as_expr(result))
        return self.emitter.close(value)

    def begin_scope(self, params: Sequence[Var] | None = None) -> None:
        """Start a scope that knows the symbolic variables of ``params`` only."""
        self.emitter.begin_scope(params or ())

    def begin_inner_scope(self) -> None:
        """Start a scope that knows what the scope around it knows."""
        self.emitter.begin_inner_scope()

    def end_scope(self) -> None:
        """End the innermost scope."""
        self.emitter.end_scope()

    def begin_dataflow_block(self) -> None:
        """Start a dataflow block, outside of a function or nested, until :meth:`end_block`."""
        self.emitter.begin_block(True)

    def begin_binding_block(self) -> None:
        """Start a block, outside of a function or nested, until :meth:`end_block`."""
        self.emitter.begin_block()

    def end_block(self) -> BindingBlock:
        """End the innermost block and return it."""
        return self.emitter.end_block()

    _begin_dataflow_block = begin_dataflow_block
    _begin_binding_block = begin_binding_block
    _end_block = end_block

    def current_block_is_dataflow(self) -> bool:
        """Whether emission goes into a dataflow block."""
        return self.emitter.frame.dataflow

    # ------------------------------------------------------------ bindings

    def emit(self, expr: Values, name_hint: str = "", *, span: Span | None = None, origin: Any = None) -> Var:
        """Bind an expression to a new variable of the current block. ``origin`` is kept on the binding."""
        emitter = self.emitter
        value = emitter.normal(expr if isinstance(expr, Expr) else as_expr(expr))
        return emitter.bind(value, name_hint, span, origin)

    def emit_output(self, output: Values, name_hint: str = "", *, span: Span | None = None, origin: Any = None) -> Var:
        """Bind an expression to a variable that is visible outside of the current dataflow block. R2R0205 outside of a
        dataflow block.
        """
        if not self.emitter.frame.dataflow:
            raise fail(codes.ILL_FORMED, "emit_output is for dataflow blocks", span, "use emit")
        value = self.emitter.normal(as_expr(output))
        return self.emitter.bind(value, name_hint, span, origin, output=True)

    def match_cast(self, value: Expr, ty: Type, name_hint: str = "", *, origin: Any = None) -> Var:
        """Bind a value under another type, which is checked at run time; new symbolic variables are bound by it.
        R2R0202 where the value can never have that type.
        """
        emitter = self.emitter
        source = emitter.normal(value)
        found = type_of(source)
        if found is not None and not may_fit(ty, found):
            raise fail(codes.TYPE_MISMATCH, f"a value of type {found} can never be {ty}", getattr(value, "span", None))
        var = emitter.variable(ty, name_hint)
        emitter.add(MatchCast(var, source, ty, None, origin))
        return var

    def emit_normalized(self, binding: Binding) -> None:
        """Add a binding that is in normal form already."""
        self.emitter.add(binding)

    def normalize(self, expr: Expr) -> Expr:
        """The expression as a right-hand side in normal form; nested parts are emitted into the current block."""
        return self.emitter.normal(expr)

    def normalize_argument(self, expr: Expr) -> Expr:
        """The expression as an argument: a leaf, or a tuple of leaves."""
        return self.emitter.argument(expr)

    def lookup_binding(self, var: Var) -> Expr | None:
        """What a variable is bound to; None for parameters and the variables of match_cast."""
        return self.emitter.lookup(var)

    def get_unique_name(self, name_prefix: str) -> str:
        """A name for a variable that no other variable has."""
        return self.emitter.names.unique(name_prefix)

    def call_tir(
        self,
        func: PrimFunc | Kernel | GlobalVar,
        args: Expr | Sequence[Expr],
        out_ty: Type | Sequence[Type],
        tir_vars: Shape | None = None,
        name_hint: str = "",
    ) -> Call:
        """A call of a tensor program, which is added to the module unless it is there; not emitted yet.

        ``out_ty``: the type of the one output, or a sequence with one type for each output.
        """
        callee = func if isinstance(func, GlobalVar) else self._add_kernel(func, name_hint)
        given = args if isinstance(args, Tuple) else Tuple((args,) if isinstance(args, Expr) else tuple(args))
        extra = () if tir_vars is None else (ShapeExpr(tuple(tir_vars)),)
        types = (out_ty,) if isinstance(out_ty, Type) else tuple(out_ty)
        return Call(op("relax.call_tir"), (callee, given, *extra), None, types)

    def call_te(self, func: Callable[..., Any] | OpCard[Any] | str, *args: Any, **kwargs: Any) -> Call:
        """A call of the tensor program that ``func`` gives over tensors, not emitted yet.

        Relax tensors among the arguments are placeholders to ``func``, shapes lists of dimensions. The keywords
        ``primfunc_name_hint`` and ``primfunc_attrs`` name the program and give it attributes. R2R0202 for an argument
        of another kind and for a result that is no tensor.

        An operator card or its name stands for the tensor program that it lowers to for tensors of known shape; the
        keywords are its parameters. R2R0601 for a card without a lowering.
        """
        card = registry().by_name[func] if isinstance(func, str) else func
        if isinstance(card, OpCard):
            return self._call_card(cast("OpCard[Any]", card), args, kwargs.pop("primfunc_name_hint", ""), kwargs)
        name = kwargs.pop("primfunc_name_hint", None) or card.__name__
        kernel = kernel_of(self.emitter.release, card, *args, **kwargs)
        return kernel.call(self.add_func(kernel.function, name), self.emitter.release)

    def emit_te(self, func: Callable[..., Any] | OpCard[Any] | str, *args: Any, **kwargs: Any) -> Var:
        """Emit :meth:`call_te`; the keyword ``name_hint`` names the variable."""
        name = kwargs.pop("name_hint", "")
        return self.emit(self.call_te(func, *args, **kwargs), name)

    def call_te_with_grad(
        self,
        func: Callable[..., Any],
        *args: Any,
        te_grad_name: str,
        te_grad_kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> Call:
        """:meth:`call_te` of a tensor program whose gradient is registered under a name
        (:func:`relax_core.training.utils.register_te_gradient`), with keywords for it.
        """
        made = self.call_te(func, *args, **kwargs)
        written = {"te_grad_name": te_grad_name, "te_grad_kwargs": dict(te_grad_kwargs) if te_grad_kwargs else None}
        attrs = Attrs("relax.attrs.CallTIRWithGradAttrs", written)
        return Call(op("relax.call_tir_with_grad"), made.args, attrs, made.ty_args)

    def _call_card(self, card: OpCard[Any], args: Sequence[Values], hint: str, params: Mapping[str, Any]) -> Call:
        given = [self.emitter.argument(as_expr(arg)) for arg in args]
        for arg in given:
            found = type_of(arg)
            if found is None or not is_shaped([found]):
                message = f"{card.name} is lowered for tensors of known shape, got {found}"
                raise fail(codes.TYPE_MISMATCH, message, getattr(arg, "span", None))
        return self._kernel_call(card, card.params(**params), given, hint)

    def call_card(self, card: OpCard[Any], params: Any, args: Sequence[Expr], result: Type | None = None) -> Expr:
        """A call of the tensor program that a card lowers to for operands of known shape, not emitted yet.

        ``result``: the type of the call, where it is known; by default what the card says. R2R0601 for a card without
        a lowering, Reject when the card's type rule or its lowering refuses.
        """
        call = self._kernel_call(card, params, args, "", result)
        # A program with one result gives it by itself, not in a tuple.
        return Tuple((call,)) if isinstance(result, TupleType) and len(result.fields) == 1 else call

    def _kernel_call(
        self, card: OpCard[Any], params: Any, args: Sequence[Expr], hint: str, result: Type | None = None
    ) -> Call:
        kernel = kernel_of_card(card, params, args, hint, result)
        return kernel.call(self.add_func(kernel.function, hint or kernel_name(card)), self.emitter.release)

    def _add_kernel(self, func: PrimFunc | Kernel, name_hint: str) -> GlobalVar:
        if isinstance(func, Kernel):
            return self.add_func(from_loops(func), name_hint or func.name)
        return self.add_func(func, name_hint or str(func.attrs.get("global_symbol", "tir_function")))

    # ------------------------------------------------------------ module

    def add_func(self, func: BaseFunc, func_name: str) -> GlobalVar:
        """Add a function under a unique name, unless the module has one that is structurally equal."""
        return self._functions.add(func, func_name)

    def update_func(self, gv: GlobalVar, updated_func: BaseFunc) -> None:
        """Replace a function of the module."""
        self._functions.update(gv, updated_func)

    def declare(self, name: str, like: Function) -> GlobalVar:
        """The variable of a function that is built later, typed by the annotations of ``like``, for calls of it."""
        return self._functions.declare(name, like)

    def get(self) -> IRModule:
        """The module so far."""
        return self._functions.module

    def finalize(self) -> IRModule:
        """The finished module, public functions under the names of their symbols; R2R0205 when a function is open."""
        if self._open:
            raise fail(codes.ILL_FORMED, f"function {self._open[-1].name} is still open", hint="leave its with block")
        return self._functions.finalized()


def _params(params: Var | Sequence[Var]) -> tuple[Var, ...]:
    given = (params,) if isinstance(params, Var) else tuple(params)
    for param in given:
        if not isinstance(param, Var):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"each element of function parameters must be a variable, but got: {type(param)}")
        if param.ty is None:
            raise fail(codes.UNRESOLVED_TYPE, f"parameter {param.name} has no type", param.span, "annotate it")
    return given
