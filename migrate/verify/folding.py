"""What a program may have computed before it runs, in its own types: numbers that only it holds, calls on constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.execution import interpret
from migrate.values import Array, Value, is_array, leaves, map_leaves
from migrate.verify import condition
from migrate.verify.condition import Noise
from migrate.verify.uncertain import jumps
from migrate.verify.watch import Watch
from relax_core.kernel_card import KernelParams
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.node import Node, post_order
from tensor_core.observed import OpCall
from tensor_core.ops.card import Rounding
from tensor_core.reference import value_as
from tensor_core.types import TensorType
from tensor_core.types import leaves as leaf_types


def constants(module: IRModule) -> list[Array]:
    """The arrays that are written in the functions of a module."""
    functions = [item for item in module.functions.values() if isinstance(item, relay.Function | relax.Function)]
    nodes = post_order(functions, Node.iter_children)
    return [node.data for node in nodes if isinstance(node, relay.Constant | relax.Constant)]


def numbers_of(array: Array) -> bytes:
    """The same for arrays of the same numbers, in whatever order, shape and element type."""
    return blake2b(np.unique(array.astype(np.float64)).tobytes(), digest_size=16).digest()


class Early:
    """A program's numbers, and their roundings.

    ``shared``: what the numbers are that another program of the same meaning holds as well, by :func:`numbers_of`.
    """

    def __init__(self, program: IRModule, args: Sequence[Value], entry: str, shared: frozenset[bytes]) -> None:
        self._program, self._entry = program, entry
        self._wide: dict[int, tuple[Array, Array]] = {}
        self._units: dict[int, float] = {}
        own = {id(array) for array in program.params.values()}
        known = (*constants(program), *(leaf for leaf in leaves(tuple(args)) if id(leaf) in own))
        for array in known:
            self._units[id(self._widened(array))] = 0.0 if numbers_of(array) in shared else _unit(array)
        self.args = [map_leaves(self._widened, arg) for arg in args]

    def rounded(self, factor: float, rng: np.random.Generator, value: Value) -> Value:
        """What the program starts from: a number of its own is one that was rounded to its element type."""
        if not is_array(value):
            return value
        wide: Array = self._widened(value)
        unit = self._units.get(id(wide), 0.0)
        return condition.moved_by(factor * unit, rng, wide) if unit else wide

    def observed(self) -> tuple[Mapping[Any, Noise], bool]:
        """The typical rounding of each node in float64, or in its own type where it may have been computed before; and
        whether an operator jumps.
        """
        seen = _Early(set(self._units))
        interpret(
            self._program,
            self.args,
            self._entry,
            floats="float64",
            observe=seen.observe,
            observe_call=seen.observe_call,
            taken=self._widened,
        )
        return seen.noises, seen.jumps

    def _widened(self, value: Value) -> Value:
        """One array in float64 for each, told by its identity."""
        if not is_array(value):
            return value
        if id(value) not in self._wide:
            wide: Array = value_as("float64", value)
            # The array is kept: its place in memory is what tells it.
            self._wide[id(value)] = value, wide
            self._wide[id(wide)] = wide, wide
        return self._wide[id(value)][1]


class _Early(Watch):
    """``fixed``: the arrays that are constants, by identity."""

    def __init__(self, fixed: set[int]) -> None:
        super().__init__()
        self.noises: dict[Any, Noise] = {}
        self.jumps = False
        self._fixed = fixed
        self._kept: list[Array] = []

    def called(self, node: Any, call: OpCall, value: Value) -> None:
        self.jumps = self.jumps or jumps(call)
        is_fixed = all(id(leaf) in self._fixed for leaf in leaves(call.args))
        if is_fixed:
            self._kept += leaves(value)
            self._fixed.update(map(id, leaves(value)))
        self._keep(node, _noise(call, value, is_fixed))

    def moved(self, node: Any, value: Value) -> None:
        self._keep(node, _outside(value))

    def _keep(self, node: Any, noise: Noise) -> None:
        if noise.size > self.noises.get(node, condition.NONE).size:
            self.noises[node] = noise


def _outside(value: Value) -> Noise:
    """What a registered function gave, which allocates and computes in its own types: nobody says how it rounds."""
    return Noise(max(map(_unit, filter(_is_float, leaves(value))), default=0.0))


def _noise(call: OpCall, value: Value, is_fixed: bool) -> Noise:
    if not isinstance(call.card.error, Rounding) or not any(map(_is_float, leaves(value))):
        return condition.NONE
    # The numbers in a tensor program may have been rounded as those of its type are; what makes floats of integers,
    # which a shadow leaves as they are, may compute in the type that it states.
    if is_fixed or call.card.params is KernelParams or not any(map(_is_float, leaves(call.args[:1]))):
        return condition.noise(call, _own_types(call))
    return Noise(condition.noise(call, ("float64",)).size)


def _is_float(value: Value) -> bool:
    # A function that is a value may stand in an array of objects.
    return is_array(value) and value.dtype != object and dtypes.is_float(dtypes.from_numpy(value.dtype))


def _own_types(call: OpCall) -> list[str]:
    """The float types that a call is about, as the program states them."""
    stated = [leaf.dtype for type_ in call.types for leaf in leaf_types(type_) if isinstance(leaf, TensorType)]
    named = [str(getattr(call.params, name, "")) for name in ("dtype", "out_dtype")]
    return [dtype for dtype in (*stated, *named) if dtypes.is_float(dtype)] or ["float32"]


def _unit(array: Array) -> float:
    return dtypes.unit_roundoff(dtypes.from_numpy(array.dtype))
