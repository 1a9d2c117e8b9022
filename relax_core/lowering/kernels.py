"""Lowering calls of tensor programs: call_tir and its kin, and calls of the programs themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from relax_core.ir.expr import Call, Expr, GlobalVar, Tuple, VarBinding
from relax_core.ir.expr import PrimFunc as TensorProgram
from relax_core.ir.types import PrimType, ShapeType, TupleType, Type
from relax_core.lowering.code import Code
from relax_core.run_builtins import returned
from relax_core.types.builtins import stated_type
from relax_core.types.plain import plain
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.loops.nodes import PrimFunc
from tensor_core.loops.scalar_arguments import read_from_arrays
from tensor_core.program import MakeTuple, Register, RunKernel
from tensor_core.tir.to_loops import failure, to_loops, to_loops_in_place
from tensor_core.types import TensorType, leaves


def call_tir(code: Code, call: Call, binding: VarBinding) -> Register:
    """``call_tir(kernel, (inputs and scalars), scalars)``: the results are new arrays."""
    target, *given = call.args
    fails = failure(_program(code, target, call))
    if fails:

        def compute(values: tuple[Any, ...], _: Any) -> NoReturn:
            del values
            raise fail(codes.EXECUTION_FAILED, fails, call.span)

        return code.host("call_tir", compute, (), binding)
    kernel = _kernel(code, target, call)
    arrays, scalars = _operands(code, given)
    if len(scalars) != len(kernel.scalars):
        raise code.refuse(
            f"tensor program {kernel.name} takes {len(kernel.scalars)} scalars, got {len(scalars)}", call.span
        )
    stated = stated_type(call)
    assert stated is not None
    kernel, more, scalars = _by_value(code, kernel, scalars)
    return run_kernel(code, kernel, [*arrays, *more], stated, binding, scalars)


def call_tir_inplace(code: Code, call: Call, binding: VarBinding) -> Register:
    """As call_tir, with results that are arguments, by the numbers in the attribute; -1 stands for a new array."""
    target, *given = call.args
    arrays, scalars = _operands(code, given)
    stated = stated_type(call)
    assert stated is not None
    result = plain(stated)
    types = [leaf for leaf in leaves(result) if isinstance(leaf, TensorType)]
    attrs: Any = call.attrs
    places = [_among_arrays(code, given[0], int(place)) for place in attrs["inplace_indices"]]
    new = [type_ for type_, place in zip(types, places, strict=True) if place < 0]
    written = _write(code, call, target, [*arrays, *new], scalars, binding)
    last = iter(written[len(arrays) :])
    outs = [next(last) if place < 0 else arrays[place] for place in places]
    return outs[0] if not isinstance(result, TupleType) else _nest(code, result, list(reversed(outs)))


def _among_arrays(code: Code, given: Expr, place: int) -> int:
    """The place of an argument among those that are arrays; -1 for none."""
    before = given.fields[: max(place, 0)] if isinstance(given, Tuple) else ()
    return place - sum(isinstance(code.known(item), PrimType | ShapeType) for item in before)


def call_kernel(code: Code, call: Call, callee: GlobalVar) -> Register:
    """A tensor program called like a function: it writes into arrays that it is given, or returns a number."""
    program = _program(code, callee, call)
    if program.ret_type:

        def compute(values: tuple[Any, ...], _: Any) -> Any:
            return returned(program, values, call.span)

        return code.host(callee.name, compute, tuple(map(code.leaf, call.args)))
    arrays, scalars = _operands(code, call.args)
    _write(code, call, callee, arrays, scalars, None)
    out = code.fresh()
    code.add(MakeTuple(out, ()))
    return out


def _write(
    code: Code,
    call: Call,
    target: Expr,
    arrays: Sequence[Register | TensorType],
    scalars: Sequence[Register],
    binding: VarBinding | None,
) -> list[Register]:
    """Run a program over arrays, and over new ones of the types that stand for them; answers the registers of all."""
    kernel, order = to_loops_in_place(_program(code, target, call), _name(target))
    if len(arrays) != len(kernel.params) or len(scalars) != len(kernel.scalars):
        count = len(kernel.params) + len(kernel.scalars)
        found = len(arrays) + len(scalars)
        raise code.refuse(f"tensor program {kernel.name} takes {count} arguments, got {found}", call.span)
    first = len(arrays) - kernel.outputs
    given = [arrays[place] for place in order]
    last = kernel.params[first:]
    read = [item for item in given[:first] if isinstance(item, int)]
    if len(read) != first:
        raise code.refuse(f"tensor program {kernel.name} does not write its result", call.span)
    types = [
        TensorType(buffer.shape, buffer.dtype) if isinstance(item, int) else item
        for item, buffer in zip(given[first:], last, strict=True)
    ]
    kernel, more, scalars = _by_value(code, kernel, scalars)
    outs = [code.fresh() for _ in types]
    into = tuple([item if isinstance(item, int) else None for item in given[first:]])
    code.add(RunKernel(kernel, (*read, *more), tuple(outs), tuple(types), binding, tuple(scalars), into))
    registers = dict(zip(order, [*read, *outs], strict=True))
    return [registers[place] for place in range(len(arrays))]


def _by_value(
    code: Code, kernel: PrimFunc, scalars: Sequence[Register]
) -> tuple[PrimFunc, list[Register], list[Register]]:
    """The kernel that takes only integers by value, the arrays that it takes instead, and the integers."""
    made, places = read_from_arrays(kernel)
    arrays = [code.number(scalars[place], kernel.scalars[place].dtype) for place in places]
    return made, arrays, [register for place, register in enumerate(scalars) if place not in places]


def run_kernel(
    code: Code,
    kernel: PrimFunc,
    args: Sequence[Register],
    result: Type,
    binding: VarBinding,
    scalars: Sequence[Register] = (),
) -> Register:
    """Run a tensor program; the results are nested as their type is."""
    result = plain(result)
    types = tuple([leaf for leaf in leaves(result) if isinstance(leaf, TensorType)])
    outs = tuple([code.fresh() for _ in types])
    code.add(RunKernel(kernel, tuple(args), outs, types, binding, tuple(scalars)))
    if not isinstance(result, TupleType):
        return outs[0]
    return _nest(code, result, list(reversed(outs)))


def _nest(code: Code, type_: Type, outs: list[Register]) -> Register:
    if not isinstance(type_, TupleType):
        return outs.pop()
    items = tuple([_nest(code, field, outs) for field in type_.fields])
    out = code.fresh()
    code.add(MakeTuple(out, items))
    return out


def _kernel(code: Code, target: Expr, call: Call) -> PrimFunc:
    return to_loops(_program(code, target, call), _name(target))


def _program(code: Code, target: Expr, call: Call) -> TensorProgram:
    program = code.shared.module[target] if isinstance(target, GlobalVar) else None
    if not isinstance(program, TensorProgram):
        raise code.refuse("the callee of call_tir is no tensor program of the module", call.span)
    return program


def _name(target: Expr) -> str:
    return target.name if isinstance(target, GlobalVar) else ""


def _operands(code: Code, given: Sequence[Expr]) -> tuple[list[Register], list[Register]]:
    """The registers of the arrays, and those of the scalars: numbers, then the dimensions of a shape."""
    arrays: list[Register] = []
    scalars: list[Register] = []
    for register, type_ in code.flat(given):
        if isinstance(type_, PrimType):
            scalars.append(register)
        elif isinstance(type_, ShapeType):
            scalars += [_dimension(code, register, place) for place in range(type_.ndim)]
        else:
            arrays.append(register)
    return arrays, scalars


def _dimension(code: Code, shape: Register, place: int) -> Register:
    def compute(values: tuple[Any, ...], _: Any) -> int:
        return values[0][place]

    return code.host("dimension", compute, (shape,))
