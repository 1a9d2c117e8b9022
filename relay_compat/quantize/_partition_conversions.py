"""Quantized programs in three functions: inputs to integers, the integer core, and results to floats (TVM 0.19's
tvm.relay.quantize._partition_conversions).

What quantizes an input is what leads from it to its first user that does not convert, through operators that do; what
dequantizes is what follows the last integer value.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from relay_compat.analysis import all_dtypes, free_vars
from relay_compat.ir.expr import Call, Constant, Expr, Function, GlobalVar, Let, Op, Tuple, TupleGetItem, Var
from relay_compat.ir.module import IRModule as RelayModule
from relay_compat.ir.types import TensorType
from relay_compat.passes.building import is_call_of
from relay_compat.types.infer import infer_types
from relay_compat.visit import Rewriter, reachable
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError, fail
from tensor_core.module import IRModule
from tensor_core.node import Node

CONVERSIONS = ("add", "multiply", "right_shift", "clip", "round", "cast")
"""The operators of which conversions are made."""


class NotIntegralError(DiagnosticError, AssertionError):
    """A part of a program computes otherwise than ``partition_conversions="fully_integral"`` allows: an AssertionError,
    as TVM raises it.
    """


def partition_conversions(mod: IRModule, quantized_dtypes: Collection[str], ensure_fully_integral: bool) -> IRModule:
    """``main`` in three functions, ``quantize_inputs``, ``quantized_main`` and ``dequantize_outputs``, and a ``main``
    of calls of these.

    ``quantized_dtypes``: the element types of quantized values. With ``ensure_fully_integral``, NotIntegralError for
    conversions that do more than convert, and for a core that computes in other types. DiagnosticError R2R0602 for a
    conversion of several inputs at once, and where more than one value is dequantized or an input is used behind it.
    """
    main = mod["main"]
    assert isinstance(main, Function)
    pre, middle = _without_prefix(main)
    core, post = _without_suffix(_typed(middle), quantized_dtypes)
    if ensure_fully_integral:
        _check_integral(pre, core, post, quantized_dtypes)
    return _joined(pre, core, post)


def _typed(function: Function) -> Function:
    made = infer_types(RelayModule.from_expr(function))["main"]
    assert isinstance(made, Function)
    return made


# ---------------------------------------------------------------- what quantizes inputs


def _without_prefix(main: Function) -> tuple[Function, Function]:
    """What quantizes the inputs, as a function of a tuple, and the rest, whose parameters are the fields."""
    cutter = _PrefixCutter(main.params)
    body = cutter.rewrite(main.body)
    rest = Function(tuple(free_vars(body)), body)
    fields = [cutter.names.get(param) or Var(param.name, param.type_annotation) for param in rest.params]
    made: Expr = Tuple(tuple(fields))
    for var, value in reversed(cutter.bound):
        made = Let(var, value, made)
    return _typed(Function(tuple(free_vars(made)), made)), rest


class _PrefixCutter(Rewriter):
    """``names`` has for each new parameter of the rest what it is bound to before, ``bound`` these bindings."""

    def __init__(self, params: Collection[Var]) -> None:
        super().__init__()
        self.names: dict[Var, Var] = {}
        self.bound: list[tuple[Var, Expr]] = []
        self._cut: dict[Expr, Var] = {}
        # Which inputs a value is a conversion of.
        self._inputs: dict[Node, frozenset[Var]] = {param: frozenset({param}) for param in params}

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(old, Call) and not is_call_of(old, *CONVERSIONS):
            assert isinstance(new, Call)
            args = tuple(self._outside(before, after) for before, after in zip(old.args, new.args, strict=True))
            self._inputs[old] = frozenset()
            return new.replace(args=args)
        found = self._inputs.get(old)
        if found is None:
            self._inputs[old] = frozenset().union(
                *(self._inputs.get(part, frozenset()) for part in old.iter_children())
            )
        return new

    def _outside(self, arg: Expr, converted: Expr) -> Expr:
        """The parameter that stands for an argument that is made of an input alone; any other argument itself."""
        inputs = self._inputs.get(arg, frozenset())
        if not inputs:
            return converted
        if len(inputs) > 1:
            names = ", ".join(sorted(f"%{param.name}" for param in inputs))
            raise fail(codes.EXECUTION_FAILED, f"{names} are quantized together, not each by itself", arg.span)
        if arg not in self._cut:
            [param] = inputs
            before, after = Var(param.name), Var(param.name, arg.checked_type)
            self._cut[arg] = after
            self.names[after] = before
            self.bound.append((before, converted))
        return self._cut[arg]


# ---------------------------------------------------------------- what dequantizes results


def _without_suffix(function: Function, quantized: Collection[str]) -> tuple[Function, Function]:
    """The function up to its last quantized value, and what dequantizes that."""
    found = _last_quantized(function.body, quantized)
    if not found:
        whole = Var("input", function.ret_type)
        return function, _typed(Function((whole,), whole))
    if len(found) > 1:
        raise fail(codes.EXECUTION_FAILED, f"{len(found)} values are dequantized, not one", function.span)
    [core] = found
    value = Var("input", core.checked_type)
    body = _Replacer(core, value).rewrite(function.body)
    post = Function(tuple(free_vars(body)), body, function.ret_type)
    others = [param.name for param in post.params if param is not value]
    if others:
        message = f"%{', %'.join(others)} is used behind what is dequantized"
        raise fail(codes.EXECUTION_FAILED, message, function.span)
    return _typed(Function(function.params, core)), _typed(post)


def _last_quantized(body: Expr, quantized: Collection[str]) -> list[Expr]:
    """The values of quantized types that nothing else of such a type is made of."""
    found: dict[Expr, None] = {}
    seen: set[Node] = set()
    pending: list[Node] = [body]
    while pending:
        node = pending.pop()
        if node in seen or not isinstance(node, Expr) or isinstance(node, (Constant, Op)):
            continue
        seen.add(node)
        type_ = getattr(node, "checked", None)
        if isinstance(type_, TensorType) and type_.dtype in quantized:
            found[node] = None
        else:
            pending.extend(reversed(list(node.iter_children())))
    return list(found)


class _Replacer(Rewriter):
    def __init__(self, old: Expr, new: Expr) -> None:
        super().__init__()
        self._old, self._new = old, new

    def leave(self, old: Node, new: Node) -> Node:
        return self._new if old is self._old else new


# ---------------------------------------------------------------- the whole


def _check_integral(pre: Function, core: Function, post: Function, quantized: Collection[str]) -> None:
    for function, what in ((pre, "quantizes the inputs"), (post, "dequantizes the results")):
        calls = [node for node in reachable(function.body) if isinstance(node, Call)]
        other = next((call for call in calls if not is_call_of(call, *CONVERSIONS)), None)
        if other is not None:
            _not_integral(f"what {what} does more than convert: {getattr(other.op, 'name', 'a call')}")
    others = set(all_dtypes(core)) - set(quantized)
    if others:
        _not_integral(f"the core computes in {', '.join(sorted(others))}, too")


def _not_integral(message: str) -> NoReturn:
    raise NotIntegralError(Diagnostic(codes.EXECUTION_FAILED, message, hint='partition with "enabled"'))


def _joined(pre: Function, core: Function, post: Function) -> IRModule:
    functions = (("quantize_inputs", pre), ("quantized_main", core), ("dequantize_outputs", post))
    names = {name: GlobalVar(name) for name, _ in functions}
    params = tuple(Var(param.name) for param in pre.params)
    inputs, outputs, results = (Var(name) for name in ("quantized_inputs", "quantized_outputs", "dequantized_outputs"))
    parts = tuple(TupleGetItem(inputs, n) for n in range(len(core.params)))
    body: Expr = Let(results, Call(names["dequantize_outputs"], (outputs,)), results)
    body = Let(outputs, Call(names["quantized_main"], parts), body)
    body = Let(inputs, Call(names["quantize_inputs"], params), body)
    made = RelayModule({names[name]: function for name, function in functions})
    made["main"] = Function(params, body)
    return infer_types(made)
