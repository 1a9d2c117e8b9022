"""The doors through which a call comes in, and how it goes on from there: what each makes of a (broken) call."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from broken_calls import Odd, Said, Written

import relax_core.ir.expr as relax
import relax_core.ir.types as relax_types
import relay_compat.op
import relay_compat.qnn
from cpu_backend.machine import Machine
from migrate.forward.convert import convert
from relax_core.block_builder import BlockBuilder
from relax_core.interpret import evaluate as run_relax
from relax_core.lower import lower as lower_relax
from relax_core.op.creators import creator
from relax_core.text.reader import read
from relay_compat.attributes import op_attrs
from relay_compat.interpret import evaluate as run_relay
from relay_compat.ir.expr import Call, Constant, Expr, Function, Var, op
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import FuncType, RefType
from relay_compat.json.reader import load_json
from relay_compat.json.writer import save_json
from relay_compat.lower import lower as lower_relay
from relay_compat.op.call import call as relay_call
from relay_compat.text.parser import parse
from relay_compat.types.infer import infer_types
from tensor_core import dtypes, prim, shapes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import Diagnostic, DiagnosticError, render
from tensor_core.ops.card import REQUIRED, Carrier, Kind, Reject
from tensor_core.ops.draw import array
from tensor_core.ops.spelling import relay_params
from tensor_core.types import TensorType, TupleType, Type, leaves, tensor_type_of


@dataclass(frozen=True)
class Outcome:
    """What a stage made of a call: a result, a diagnostic, or (``defect``) something that should not happen."""

    stage: str
    result: Any = None
    diagnostic: Diagnostic | None = None
    defect: str = ""

    @property
    def code(self) -> str:
        """The diagnostic's code; "" without one."""
        return self.diagnostic.code.id if self.diagnostic else ""


class NotSaid(Exception):
    """This door cannot say the call."""


def attempt(stage: str, work: Callable[[], Any]) -> Outcome:
    """What becomes of some work; every exception that is no diagnostic is a defect."""
    try:
        return Outcome(stage, work())
    except NotSaid:
        return Outcome(stage, NotSaid)
    except DiagnosticError as error:
        found = error.diagnostics[0]
        render(found, error.source)
        return Outcome(stage, diagnostic=found)
    except Exception as error:
        return Outcome(stage, defect=_told(error))


def _told(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = ""
    if trace is not None:
        name = trace.tb_frame.f_code.co_filename.rsplit("/", 3)
        place = f"{'/'.join(name[-3:])}:{trace.tb_lineno}"
    return f"{type(error).__name__}: {str(error)[:160]} in {place}"


# ------------------------------------------------------------ Relay


def relay_doors(call: Written) -> Iterator[Outcome]:
    """The call through every door of Relay; a result is a typed module."""
    yield attempt("text", lambda: parse(relay_text(call)))
    yield attempt("call", lambda: infer_types(_module(call, lambda args: relay_call(call.op, *args, **_nodes(call)))))
    yield attempt("json", lambda: load_json(_json(call)))
    yield attempt("wrapper", lambda: infer_types(_module(call, lambda args: _wrapped(call, args))))
    yield attempt("card", lambda: _by_card(call))


def _by_card(call: Written) -> Type:
    found = op_attrs(call.card, _nodes(call))
    types = [_relay_type(_tensors(item)) for item in call.operands]
    taken = len(call.card.inputs)
    if not sum(not item.optional for item in call.card.inputs) <= len(types) <= taken:
        raise NotSaid
    try:
        return call.card.infer(relay_params(call.card, found or {}, types), *types)
    except Reject as reject:
        from relay_compat.types.errors import rejected

        made = Call(op(call.op), tuple(Var(f"x{n}", t) for n, t in enumerate(types)), found)
        raise rejected(made, call.card, reject, types) from None


def _tensors(operand: Any) -> Type:
    if not isinstance(operand, Type):
        raise NotSaid
    return operand


def _relay_type(type_: Type) -> Type:
    if isinstance(type_, TupleType):
        return TupleType(tuple(map(_relay_type, type_.fields)))
    if not isinstance(type_, Odd):
        return type_
    if type_.kind == "function":
        return FuncType((type_.of,), type_.of)
    if type_.kind == "reference":
        return RefType(type_.of)
    raise NotSaid


def _module(call: Written, make: Callable[[list[Expr]], Expr]) -> IRModule:
    params = [Var(f"x{n}", _relay_type(_tensors(item))) for n, item in enumerate(call.operands)]
    made: Any = make(list(params))
    made = made.astuple() if hasattr(made, "astuple") else made
    if not isinstance(made, Expr):
        raise NotSaid
    return IRModule({"main": Function(tuple(params), made)})


def _nodes(call: Written) -> dict[str, Any]:
    return {name: Constant(v) if isinstance(v, np.ndarray) else v for name, v in call.attrs.items()}


def _json(call: Written) -> str:
    """The module as JSON; a value that no attribute of this kind can have is written into it as text."""
    assert call.card.relay is not None
    kinds = {item.name: item for item in call.fields}
    changed = kinds.get(call.place)
    value = call.attrs.get(call.place)
    if call.place == "bogus" or changed is None or call.place not in call.attrs or _is_of(changed.kind, value):
        text = save_json(_module(call, lambda args: _raw(call, args)))
        if call.place != "bogus":
            return text
        value = 1
    elif changed.kind not in _SCALARS:
        raise NotSaid
    else:
        rest = {name: v for name, v in call.attrs.items() if name != call.place}
        text = save_json(_module(replace(call, attrs=rest), lambda args: _raw(replace(call, attrs=rest), args)))
    key = call.card.relay.attrs_type
    graph = json.loads(text)
    for node in graph["nodes"]:
        if node["type_key"] == key and "attrs" in node:
            node["attrs"][call.place] = str(value)
    return json.dumps(graph)


_SCALARS = (Kind.INT, Kind.BOOL, Kind.FLOAT, Kind.STR, Kind.DTYPE)


def _is_of(kind: Kind, value: Any) -> bool:
    """Whether an attribute of this kind may have such a value."""
    match kind:
        case Kind.INT:
            return type(value) is int and -(2**63) <= value < 2**63
        case Kind.BOOL:
            return type(value) is bool
        case Kind.FLOAT:
            return type(value) is float
        case Kind.STR | Kind.DTYPE:
            return type(value) is str
        case Kind.INTS | Kind.INT_OR_INTS:
            return isinstance(value, tuple) and all(_is_of(Kind.INT, item) for item in value)
        case Kind.FLOATS:
            return isinstance(value, tuple) and all(_is_of(Kind.FLOAT, item) for item in value)
        case Kind.NESTED_INTS:
            return isinstance(value, tuple) and all(_is_of(Kind.INTS, item) for item in value)
        case _:
            return True


def _raw(call: Written, args: list[Expr]) -> Expr:
    assert call.card.relay is not None
    written = {item.name: item.default for item in call.fields if item.default is not REQUIRED} | _nodes(call)
    key = call.card.relay.attrs_type
    return Call(op(call.op), tuple(args), Attrs(key, written) if key else None)


def _wrapped(call: Written, args: list[Expr]) -> Any:
    found: Any = relay_compat.op
    name = call.op
    if name.startswith("qnn."):
        found, name = relay_compat.qnn.op, name[4:]
    try:
        for part in name.split("."):
            found = getattr(found, part)
    except AttributeError:
        raise NotSaid from None
    if not callable(found):
        raise NotSaid
    taken = inspect.signature(found).parameters
    try:
        inspect.signature(found).bind(*args, **{name: v for name, v in _nodes(call).items() if name in taken})
    except TypeError:
        # No call of this function at all; what it says then is asked of those that are derived from cards.
        if not hasattr(found, "__signature__"):
            raise NotSaid from None
    return found(
        *args,
        **{
            name: v
            for name, v in _nodes(call).items()
            if name in taken or (name == "bogus" and hasattr(found, "__signature__"))
        },
    )


def relay_text(call: Written) -> str:
    """The call as the text of a module; NotSaid for what text cannot say."""
    params = ", ".join(f"%x{n}: {_type_text(_tensors(item))}" for n, item in enumerate(call.operands))
    kinds = {item.name: item.kind for item in call.fields}
    attrs = [f"{name}={_attr_text(value, kinds.get(name))}" for name, value in call.attrs.items()]
    given = ", ".join([*(f"%x{n}" for n in range(len(call.operands))), *attrs])
    return f'#[version = "0.0.5"]\ndef @main({params}) {{ {call.op}({given}) }}'


def _type_text(type_: Type) -> str:
    if isinstance(type_, TupleType):
        inner = "".join(f"{_type_text(item)}, " for item in type_.fields)
        return f"({inner.rstrip(' ') if len(type_.fields) == 1 else inner.rstrip(', ')})"
    if isinstance(type_, Odd):
        inner = _type_text(type_.of)
        if type_.kind == "function":
            return f"fn ({inner}) -> {inner}"
        if type_.kind == "reference":
            return f"ref({inner})"
        raise NotSaid
    assert isinstance(type_, TensorType)
    if any(not isinstance(dim, int | shapes.AnyDim) for dim in type_.shape):
        raise NotSaid
    return str(type_)


def _attr_text(value: Any, kind: Kind | None) -> str:
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return f"{value!r}f"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple):
        return f"[{', '.join(_attr_text(item, kind) for item in value)}]"
    raise NotSaid


# ------------------------------------------------------------ Relax


def relax_doors(call: Written) -> Iterator[Outcome]:
    """The call through every door of Relax; a result is a typed module."""
    yield attempt("script", lambda: read(relax_text(call), release=call.release))
    yield attempt("builder", lambda: _built(call))


def _built(call: Written) -> Any:
    builder = BlockBuilder(release=call.release)
    params = [relax.Var(f"x{n}", _relax_type(item)) for n, item in _params(call)]
    rest = iter(params)
    args = [next(rest) if isinstance(item, Type) else _said_value(item) for item in call.operands]
    with builder.function("main", params):
        with builder.dataflow():
            places, named = _placed(call, args)
            made = creator(call.op, call.release)(*places, **named, **call.attrs)
            out = builder.emit_output(builder.emit(made))
        builder.emit_func_output(out)
    return builder.get()


def _placed(call: Written, args: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Operands by their places, those by name in whose place the function has an attribute."""
    parameters = list(inspect.signature(creator(call.op, call.release)).parameters)
    fields = {item.name for item in call.fields}
    places, named = list[Any](), dict[str, Any]()
    for n, (value, name) in enumerate(zip(args, [*call.names, *[""] * len(args)], strict=False)):
        if n < len(parameters) and parameters[n] in fields and name in parameters:
            named[name] = value
        else:
            places.append(value)
    return places, named


def _params(call: Written) -> list[tuple[int, Type]]:
    return [(n, item) for n, item in enumerate(call.operands) if isinstance(item, Type)]


def _said_value(item: Said) -> Any:
    if item.dtype is not None and isinstance(item.value, int | float):
        return relax.PrimValue(prim.const(item.value, item.dtype))
    if item.carrier is Carrier.SHAPE:
        return item.value
    if isinstance(item.value, tuple):
        return tuple(relax.PrimValue(prim.const(v, "int64")) if isinstance(v, int) else v for v in item.value)
    return item.value


def _relax_type(type_: Type) -> Any:
    if isinstance(type_, TupleType):
        return relax_types.TupleType(tuple(map(_relax_type, type_.fields)))
    if isinstance(type_, Odd):
        inner = _relax_type(type_.of)
        match type_.kind:
            case "function":
                return relax_types.FuncType((inner,), inner)
            case "object":
                return relax_types.ObjectType()
            case "shape":
                return relax_types.ShapeType(type_.of.shape)
            case "scalar":
                return relax_types.PrimType(type_.of.dtype)
            case _:
                raise NotSaid
    assert isinstance(type_, TensorType)
    if any(isinstance(dim, shapes.AnyDim) for dim in type_.shape):
        return relax_types.TensorType(None, type_.dtype, None, type_.rank)
    return relax_types.TensorType(type_.shape, type_.dtype)


def relax_text(call: Written) -> str:
    """The call as a script; NotSaid for what a script cannot say."""
    params = ", ".join(f"x{n}: {_annotation(item)}" for n, item in _params(call))
    said = [f"x{n}" if isinstance(item, Type) else _said_text(item) for n, item in enumerate(call.operands)]
    args, named = _placed(call, said)
    args += [f"{name}={value}" for name, value in named.items()]
    args += [f"{name}={_literal(value)}" for name, value in call.attrs.items()]
    tir = "tirx" if call.release >= "0.26" else "tir"
    return (
        f"from tvm.script import ir as I\nfrom tvm.script import {tir} as T\nfrom tvm.script import relax as R\n\n"
        f"@I.ir_module\nclass Module:\n    @R.function\n    def main({params}):\n        with R.dataflow():\n"
        f"            gv = R.{call.op}({', '.join(args)})\n            R.output(gv)\n        return gv\n"
    )


def _annotation(type_: Type) -> str:
    if isinstance(type_, TupleType):
        return f"R.Tuple({', '.join(map(_annotation, type_.fields))})"
    if isinstance(type_, Odd):
        inner = _annotation(type_.of)
        match type_.kind:
            case "function":
                return f"R.Callable(({inner},), {inner}, True)"
            case "object":
                return "R.Object"
            case "shape":
                return f"R.Shape({_dims(type_.of)})"
            case "scalar":
                return f'R.Prim("{type_.of.dtype}")'
            case _:
                raise NotSaid
    assert isinstance(type_, TensorType)
    if any(isinstance(dim, shapes.AnyDim) for dim in type_.shape):
        return f'R.Tensor(dtype="{type_.dtype}", ndim={type_.rank})'
    return f'R.Tensor({_dims(type_)}, dtype="{type_.dtype}")'


def _dims(type_: TensorType) -> str:
    inner = [str(dim) if isinstance(dim, int) else f'"{getattr(dim, "name", "n")}"' for dim in type_.shape]
    return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"


def _said_text(item: Said) -> str:
    if item.carrier is Carrier.SHAPE:
        return f"R.shape({_literal(list(item.value))})" if isinstance(item.value, tuple) else _literal(item.value)
    if item.dtype is not None:
        return f"R.prim_value(T.{item.dtype}({_literal(item.value)}))"
    if isinstance(item.value, tuple):
        inner = [f"R.prim_value({_literal(v)})" for v in item.value]
        return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
    return _literal(item.value)


def _literal(value: Any) -> str:
    if isinstance(value, float) and not np.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, str | int | float | bool | None):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))}{',' if len(value) == 1 else ''})"
    raise NotSaid


# ------------------------------------------------------------ the whole way

_MOST = 1 << 20
"""Elements of the largest argument and result with which an accepted call is computed."""


def onward(call: Written, module: Any) -> Iterator[Outcome]:
    """An accepted call converted, interpreted, lowered and run; every result is of the inferred type."""
    relay = call.side == "relay"
    main = module["main"]
    stated = main.ret_type if relay else main.ret_ty
    if relay:
        yield attempt("convert", lambda: convert(module).script())
    lowered = attempt("lower", lambda: lower_relay(module) if relay else lower_relax(module, release=call.release))
    yield lowered
    args = _arguments(call)
    if args is None or not _is_small(stated):
        if lowered.result is not None:
            yield attempt("compile", lambda: Machine(lowered.result))
        return
    interpreted = attempt(
        "interpret", lambda: run_relay(module, args) if relay else run_relax(module, args, release=call.release)
    )
    yield interpreted if interpreted.result is None else _checked(interpreted, stated)
    if lowered.result is not None:
        compiled = attempt("run", lambda: Machine(lowered.result).run(args))
        yield compiled if compiled.result is None else _checked(compiled, stated)


def _checked(found: Outcome, stated: Type) -> Outcome:
    problem = _problem(found.result, stated)
    return Outcome(found.stage, defect=f"result of another type: {problem}") if problem else found


def _problem(value: Any, stated: Any) -> str:
    if isinstance(stated, TupleType):
        if not isinstance(value, tuple) or len(value) != len(stated.fields):
            return f"no tuple of {len(stated.fields)}"
        return next(filter(None, map(_problem, value, stated.fields)), "")
    shape = getattr(stated, "dims", None) or getattr(stated, "shape", None)
    if not isinstance(value, np.ndarray) or not isinstance(shape, tuple):
        return ""
    found = tensor_type_of(value)
    if stated.dtype and dtypes.to_numpy(stated.dtype) != value.dtype:
        return f"element type {found.dtype} for {stated}"
    if len(shape) != len(found.shape):
        return f"{found} for {stated}"
    fixed = [(a, b) for a, b in zip(shape, found.shape, strict=True) if isinstance(a, int)]
    return "" if all(a == b for a, b in fixed) else f"{found} for {stated}"


def _is_small(type_: Any) -> bool:
    for leaf in leaves(type_):
        shape = getattr(leaf, "dims", None) or getattr(leaf, "shape", None)
        if not isinstance(shape, tuple):
            continue
        sizes = [dim for dim in shape if isinstance(dim, int)]
        if np.prod([float(max(dim, 1)) for dim in sizes]) > _MOST:
            return False
    return True


def _arguments(call: Written) -> tuple[Any, ...] | None:
    """Values for the operands that are parameters; None when there are none of these types."""
    result: list[Any] = []
    for place, item in enumerate(call.operands):
        if not isinstance(item, Type):
            continue
        given = call.values[place] if place < len(call.values) else None
        value = _fitting(item, given, call, place)
        if value is None:
            return None
        result.append(value)
    return tuple(result)


def _fitting(type_: Type, given: Any, call: Written, place: int) -> Any:
    if isinstance(type_, TupleType):
        items = given if isinstance(given, tuple) else ()
        found = [_fitting(t, items[n] if n < len(items) else None, call, place) for n, t in enumerate(type_.fields)]
        return None if any(item is None for item in found) else tuple(found)
    if not isinstance(type_, TensorType) or not dtypes.is_known(type_.dtype):
        return None
    given = np.asarray(given) if isinstance(given, np.generic) else given
    if isinstance(given, np.ndarray) and _takes(type_, given):
        return given
    old = given.shape if isinstance(given, np.ndarray) else ()
    shape = tuple(dim if isinstance(dim, int) else old[n] if n < len(old) else 3 for n, dim in enumerate(type_.shape))
    if any(dim < 0 for dim in shape) or np.prod([float(max(dim, 1)) for dim in shape]) > _MOST:
        return None
    inputs = call.card.inputs
    domain = inputs[min(place, len(inputs) - 1)].domain
    return np.asarray(array(tuple(map(int, shape)), type_.dtype, domain, np.random.default_rng(7)))


def _takes(type_: TensorType, given: np.ndarray) -> bool:
    return dtypes.from_numpy(given.dtype) == type_.dtype and len(given.shape) == type_.rank and all(
        not isinstance(a, int) or a == b for a, b in zip(type_.shape, given.shape, strict=True)
    )  # fmt: skip


_OF_READING = ("R2R0101", "R2R0107", "R2R0108", "R2R0112", "R2R0301", "R2R0407")
"""Codes of what a text cannot say or says wrong wherever it stands: a type, a number, an object."""
_PYTHON = re.compile(
    r"not supported between|object of type|has no attribute '|unexpected keyword|must be a string or a real|cannot be "
    r"interpreted|not subscriptable|not iterable|unsupported operand|object has no|index out of range|list index|"
    r"tuple index|could not convert|do not compute|unhashable|division by zero|math domain|invalid literal|NoneType"
)


def faults(call: Written, found: Diagnostic, stage: str = "") -> list[str]:
    """What a message lacks: the operator, the argument or attribute, words of its own."""
    result: list[str] = []
    words = set(re.findall(r"\w+", found.message))
    if found.message.startswith("a dimension is") or found.code.id in _OF_READING or found.code.id.startswith("R2R06"):
        return ["is Python's"] if _PYTHON.search(found.message) else []
    name = call.op.rpartition(".")[2]
    if not any(word.startswith(name) for word in words) and stage != "wrapper":
        result.append("does not name the operator")
    things = {item.name for item in call.fields} | {item.name for item in call.card.inputs} | set(call.names)
    if not words & (things | {"argument", "arguments", call.place}):
        result.append("names no argument and no attribute")
    if _PYTHON.search(found.message):
        result.append("is Python's")
    return result
