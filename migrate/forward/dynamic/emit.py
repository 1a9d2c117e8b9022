"""What a function converter needs of sizes: types in the symbols of its own function, casts, guards, values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

import relax_core.ir.expr as relax
import relax_core.ir.types as types
import relay_compat.ir.expr as relay
from migrate.forward.dynamic import arithmetic
from migrate.forward.dynamic.choices import is_simple
from migrate.forward.dynamic.functions import visible
from migrate.forward.dynamic.guards import Guard, broadcastable
from migrate.forward.dynamic.solve import Sizes
from migrate.forward.dynamic.spread import spread_kernel
from migrate.forward.types import convert_type
from relax_core.fragment import RelaxFragment, Say, field_of
from relax_core.normalizer import Normalizer
from relax_core.ops import known_type
from relax_core.types.leaves import type_of
from relax_core.types.plain import plain
from relax_core.types.relations import definable_symbols, is_base_of, map_dims, symbols
from relay_compat.visit import reachable
from tensor_core import dtypes, shapes
from tensor_core.loops.nodes import PrimFunc
from tensor_core.module import Expr
from tensor_core.ops.card import PORTABLE, Reject
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Dim
from tensor_core.spans import Span
from tensor_core.types import TensorType, TupleType, Type, leaves, map_shape


class Emission:
    """The sizes of one function under construction: a global one, or a literal inside it, which has symbols of its own
    in the place of those around it.
    """

    def __init__(
        self, sizes: Sizes | None, emitter: Normalizer, literal: relay.Function | None, outer: Emission | None
    ) -> None:
        self.sizes = sizes
        self._emitter = emitter
        self._literal = literal
        self._outer = outer
        self._copies: dict[Var, Var] = {}
        self._originals: dict[Var, Var] = {}

    # ------------------------------------------------------------ types and dimensions

    def plain(self, node: Expr) -> Type:
        """The type of a Relay node, open dimensions as symbols."""
        if self.sizes is None:
            found: Any = node
            return found.checked_type
        return self.own(self.sizes.type_of(node))

    def relax(self, node: Expr) -> Type:
        """The Relax type of a Relay node; R2R0403 where there is none."""
        return convert_type(self.plain(node), getattr(node, "span", None))

    def own(self, type_: Type) -> Type:
        """A type of the solver's in symbols of this function."""
        return map_shape(type_, self.dim)

    def dim(self, dim: Dim) -> Dim:
        """A dimension of the solver's in symbols of this function."""
        if self.sizes is None or isinstance(dim, int):
            return dim
        dim = self.sizes.symbols.resolve(dim)
        if self._literal is None or isinstance(dim, int):
            return dim
        copies = {var: copy for var in shapes.free_vars(dim) if (copy := self._copy(var)) is not var}
        return shapes.substitute(dim, copies) if copies else dim

    def adopted(self, type_: Type | None) -> Type | None:
        """A type in symbols of the function around as one in symbols of this one."""
        if type_ is None or self._outer is None or self.sizes is None:
            return type_

        return map_dims(type_, self._adopted)

    def _adopted(self, dim: Dim) -> Dim:
        assert self._outer is not None
        outer = self._outer
        return shapes.substitute(
            dim, {var: self._copy(outer._originals.get(var, var)) for var in shapes.free_vars(dim)}
        )

    def _copy(self, var: Var) -> Var:
        assert self.sizes is not None
        if self._literal is None or self.sizes.symbols.owner_of(var) is self._literal:
            return var
        if var not in self._copies:
            self._copies[var] = made = Var(var.name, var.dtype)
            self._originals[made] = var
        return self._copies[var]

    def values(self, node: Expr) -> Any:
        """The elements of a node of known value in symbols of this function."""
        assert self.sizes is not None
        found = self.sizes.value_of(node)
        assert isinstance(found, np.ndarray)
        return arithmetic.mapped(found, lambda item: self.dim(item) if isinstance(item, PrimExpr) else item)

    def mapped(self, value: Any) -> Any:
        """A parameter of a call with its dimensions in symbols of this function."""
        if isinstance(value, PrimExpr):
            return self.dim(value)
        return tuple(map(self.mapped, value)) if isinstance(value, tuple) else value  # type: ignore[arg-type]

    def handed_in(self, known: Iterable[Type | None]) -> tuple[relax.Var, relax.ShapeExpr] | None:
        """A shape parameter, and its argument in the function around, for the symbols of a literal that the types of
        its parameters do not determine.
        """
        if self.sizes is None or self._literal is None or self._outer is None:
            return None
        used: dict[Var, None] = {}
        for node in reachable(self._literal):
            if isinstance(node, Expr):
                used.update(dict.fromkeys(self._around(node)))
        defined = {var for type_ in known if type_ is not None for var in definable_symbols(type_)}
        missing = [var for var in used if self._copy(var) not in defined]
        if not missing:
            return None
        param = relax.Var(
            self._emitter.names.unique("sizes"), types.ShapeType(tuple(self._copy(var) for var in missing))
        )
        return param, relax.ShapeExpr(tuple(self._outer.dim(var) for var in missing))

    def _around(self, node: Expr) -> Iterable[Var]:
        """The symbols of the functions around that a node mentions."""
        assert self.sizes is not None
        found: list[Dim] = []
        if self.sizes.is_typed(node):
            for leaf in leaves(self.sizes.type_of(node)):
                found += leaf.shape if isinstance(leaf, TensorType) else ()
        value = self.sizes.value_of(node)
        for array in value if isinstance(value, tuple) else () if value is None else (value,):
            found += [item for item in array.flat if isinstance(item, PrimExpr)]
        for guard in self.sizes.guards.get(node, ()):
            found += [guard.found, guard.wanted]
        for dim in found:
            for var in shapes.free_vars(self.sizes.symbols.resolve(dim)):
                if self.sizes.symbols.owner_of(var) in self.sizes.around(self._literal):
                    yield var

    def stated(self, node: Expr) -> Type:
        """The type to state for a call of which nothing else is known: symbols of its own have no meaning yet."""
        found: Any = node
        return convert_type(found.checked_type, found.span)

    def known(self, node: Expr) -> Type:
        """The Relax type of a node before it is bound: without the symbols that it will define."""
        wanted = self.relax(node)
        return self._emitter.well_defined(wanted) or wanted

    def result(self, literal: relay.Function, stated: Type, params: Sequence[Type]) -> Type:
        """The result type of a literal as callers see it."""
        signature = None if self.sizes is None else self.sizes.known.signatures.get(literal)
        return stated if signature is None else visible(convert_type(self.own(signature.result)), params)

    def is_skipped(self, node: Expr) -> bool:
        """Whether a node is not computed: all that use it know its value."""
        return self.sizes is not None and self.sizes.is_skipped(node)

    def fields(self, node: Expr, value: relax.Tuple) -> relax.Tuple:
        """A tuple that is written out, its fields under the types that are known of them."""
        if self.sizes is None:
            return value
        wanted = self.relax(node)
        if not isinstance(wanted, types.TupleType) or len(wanted.fields) != len(value.fields):
            return value
        made = [
            item if not _is_data(type_) or isinstance(item, relax.Constant)
            else self.typed(self._emitter.argument(item), type_)
            for item, type_ in zip(value.fields, wanted.fields, strict=True)
        ]  # fmt: skip
        return relax.Tuple(tuple(made), value.span)

    # ------------------------------------------------------------ what is emitted

    def enter(self, params: Sequence[tuple[Expr, relax.Var]]) -> None:
        """What comes first in the body: guards of what was asked for, sizes that parameters hold."""
        if self.sizes is None:
            return
        if self._literal is None:
            self.guard(self.sizes.guards.get(None, ()))
        for node, var in params:
            self._read(node, var)

    def reserve(self) -> None:
        """Keep the names of symbols from variables."""
        if self.sizes is not None:
            for name in self.sizes.symbols.all_names:
                self._emitter.names.reserve(name)

    def before(self, node: Expr) -> None:
        """The conditions under which a call has its meaning."""
        if self.sizes is not None:
            self.guard(self.sizes.guards.get(node, ()))

    def guard(self, found: Iterable[Guard]) -> None:
        """Checks of sizes. A name comes first: TVM 0.19 to 0.27 evaluates expressions in a bound shape only."""
        for guard in found:
            given, wanted = self.dim(guard.found), self.dim(guard.wanted)
            if is_simple(given) and shapes.prove_equal(given, wanted):
                continue
            shape = relax.ShapeExpr((given,))
            value = self._emitter.bind(self._emitter.normal(shape), "checked")
            if isinstance(wanted, Var):
                value = self._opaque(value)
            self._cast(value, types.ShapeType((wanted,)), guard.name)

    def _opaque(self, value: relax.Expr) -> relax.Expr:
        """A shape that defines a symbol. In a branch TVM 0.19 puts what it knows of the shape in the symbol's place,
        where symbols of the branch have no value: there it is computed as a tensor.
        """
        if self._emitter.release not in ("0.19", PORTABLE) or len(self._emitter.scopes) < 2:
            return value
        for name in ("relax.shape_to_tensor", "relax.tensor_to_shape"):
            value = self._emitter.bind(self._emitter.normal(relax.Call(relax.op(name), (value,))))
        return value

    def casts(self, node: Expr, value: relax.Expr) -> bool:
        """Whether a node's value needs another type than its own."""
        found = type_of(value)
        if self.sizes is None or found is None:
            return False
        wanted = self.relax(node)
        return _is_data(wanted) and not (is_base_of(wanted, found) and self._defined(wanted))

    def after(self, node: Expr, value: relax.Expr, output: bool, span: Span | None = None) -> relax.Expr:
        """A node's value under the type that is known of it; sizes that it holds are read."""
        if self.sizes is None:
            return value
        value = self.typed(value, self.relax(node), output, span)
        self._read(node, value)
        return value

    def typed(self, value: relax.Expr, wanted: Type, output: bool = False, span: Span | None = None) -> relax.Expr:
        """The value under a type: a match_cast unless its own type says as much."""
        found = type_of(value)
        if found is None or not _is_data(wanted) or (is_base_of(wanted, found) and self._defined(wanted)):
            return value
        hint = value.name if isinstance(value, relax.Var) else ""
        return self._cast(value, wanted, hint, output, span)

    def _defined(self, type_: Type) -> bool:
        scope = self._emitter.scopes[-1]
        return all(scope.knows(var) for var in symbols(type_))

    def _cast(
        self, value: relax.Expr, wanted: Type, hint: str, output: bool = False, span: Span | None = None
    ) -> relax.Var:
        found = type_of(value)
        if self._emitter.release in _LOSING_STORAGE and _is_planned(found):
            return self._emitter.bind(self._reshaped(value, wanted), hint, span, output=output)
        made = self._emitter.variable(wanted, hint, span, output)
        self._emitter.add(relax.MatchCast(made, value, wanted, span))
        return made

    def _reshaped(self, value: relax.Expr, wanted: Type) -> relax.Expr:
        """The value under a type, checked by its shape: of what a match_cast names these releases lose the storage."""
        if isinstance(wanted, types.TupleType):
            fields = [
                self._reshaped(self._emitter.bind(self._emitter.normal(field_of(value, n))), field)
                for n, field in enumerate(wanted.fields)
            ]
            return self._emitter.normal(relax.Tuple(tuple(fields)))
        assert isinstance(wanted, types.TensorType)
        assert wanted.dims is not None
        shape = relax.Call(relax.op("relax.shape_of"), (value,))
        checked = self._opaque(self._emitter.bind(self._emitter.normal(shape)))
        sizes = types.ShapeType(wanted.dims)
        self._emitter.add(relax.MatchCast(self._emitter.variable(sizes, "checked"), checked, sizes))
        reshape = relax.Call(relax.op("relax.reshape"), (value, relax.ShapeExpr(wanted.dims)))
        return self._emitter.normal(reshape)

    def _read(self, node: Expr, value: relax.Expr) -> None:
        """Take the elements of an integer tensor as sizes."""
        assert self.sizes is not None
        for elements, offset in self.sizes.elements.reads.get(node, ()):
            emitter, source = self._emitter, self.plain(node)
            assert isinstance(source, TensorType)
            write = RelaxFragment(emitter)
            given = value if source.dtype == "int64" else write.call("cast", value, dtype="int64")
            if source.rank != 1:
                given = write.call("reshape", given, shape=(len(elements),))
            if offset:
                given = write.call("add", given, write.constant(offset, "int64"))
            self.read(emitter.argument(given), elements)

    def read(self, value: relax.Expr, elements: Sequence[Dim]) -> None:
        """Let symbols stand for the elements of a vector of int64."""
        call = relax.Call(relax.op("relax.tensor_to_shape"), (value,))
        found = self._emitter.bind(self._emitter.normal(call))
        self._cast(found, types.ShapeType(tuple(map(self.dim, elements))), "read")

    def tensor(self, node: Expr) -> relax.Expr:
        """A node of known value as a tensor: a constant, or the sizes as elements."""
        values, type_ = self.values(node), self.plain(node)
        assert isinstance(type_, TensorType)
        shape = shapes.static(type_.shape)
        if arithmetic.is_known(values):
            return relax.Constant(values.astype(dtypes.to_numpy(type_.dtype)).reshape(shape))
        emitter = self._emitter
        sizes = relax.ShapeExpr(tuple(int(item) if not isinstance(item, PrimExpr) else item for item in values.flat))
        made = emitter.normal(relax.Call(relax.op("relax.shape_to_tensor"), (sizes,)))
        write = RelaxFragment(emitter)
        if type_.dtype != "int64":
            made = write.call("cast", made, dtype=type_.dtype)
        if type_.rank != 1:
            made = write.call("reshape", made, shape=shape)
        return made


_LOSING_STORAGE = ("0.19", "0.20", "0.21", "0.22", "0.23", "0.24", "0.25", "0.26", PORTABLE)
"""Releases whose memory planning does not see that what a match_cast names lies in the storage of what was cast."""


def _is_planned(type_: Type | None) -> bool:
    """Whether a value lies in storage that TVM plans: tensors of known sizes."""
    if isinstance(type_, types.TupleType):
        return bool(type_.fields) and all(map(_is_planned, type_.fields))
    return isinstance(type_, types.TensorType) and type_.dims is not None


Run = Callable[[PrimFunc, Sequence[relax.Expr], Type], relax.Expr]
"""Calls a tensor program, given the type of its result."""


class Writer(RelaxFragment):
    """Writes the calls of a twin, in symbols of the function under construction."""

    def __init__(self, emission: Emission, emitter: Normalizer, say: Say, run: Run, span: Span | None) -> None:
        super().__init__(emitter, say, span)
        self.emission = emission
        self._values = emitter.values
        self._run = run

    def call(self, card: str, *args: relax.Expr | tuple[relax.Expr, ...], **params: Any) -> relax.Expr:
        """As that of fragments; dimensions may be the solver's."""
        return super().call(card, *args, **{name: self.emission.mapped(value) for name, value in params.items()})

    def spread(self, value: relax.Expr, shape: Sequence[Dim]) -> relax.Expr:
        """The value under a shape that its own broadcasts to."""
        source = plain(known_type(value))
        assert isinstance(source, TensorType)
        wanted = tuple(map(self.emission.dim, shape))
        for own, wide in zip(source.shape, wanted, strict=True):
            if not (own == 1 or shapes.prove_equal(own, wide)):
                self.emission.guard([broadcastable(own, wide, one_of=(own,))])
        return self._run(spread_kernel(source, wanted), (value,), types.TensorType(wanted, source.dtype))

    def unreshaped(self, value: relax.Expr) -> relax.Expr:
        """What reshapes made the value of."""
        made: relax.Expr | None = value
        while isinstance(made, relax.Var):
            value, made = made, self._values.get(made)
            if isinstance(made, relax.Call) and isinstance(made.op, relax.Op) and made.op.name == "relax.reshape":
                made = made.args[0]
        return value

    def kernel(self, kernel: PrimFunc, args: Sequence[relax.Expr], results: Sequence[TensorType]) -> relax.Expr:
        """A call of a tensor program with several results."""
        return self._run(kernel, tuple(map(self._emitter.argument, args)), convert_type(TupleType(tuple(results))))

    def sizes(self, dims: Sequence[Dim]) -> relax.Expr:
        """Sizes as a vector: a constant where they are known."""
        given = tuple(map(self.emission.dim, dims))
        if shapes.is_static(given):
            return self.constant(np.asarray(shapes.static(given)), "int64")
        call = relax.Call(relax.op("relax.shape_to_tensor"), (relax.ShapeExpr(given),))
        return self._emitter.normal(call)

    def read(self, value: relax.Expr, symbols: Sequence[Dim]) -> None:
        """Let symbols stand for the elements of a vector of int64."""
        self.emission.read(self._emitter.argument(value), symbols)

    def positions(self, value: relax.Expr) -> relax.Expr:
        """The positions of what is not zero: TVM 0.19 has the operator and what it runs, but no name in its scripts."""
        if self._emitter.release == PORTABLE:
            raise Reject("no text that TVM 0.19 reads as well as 0.26 says nonzero")
        if self._emitter.release != "0.19":
            return self.call("nonzero", value)
        callee, unknown = relax.ExternFunc("relax.run.nonzero"), types.TensorType(None, "int64", ndim=2)
        call = relax.Call(relax.op("relax.call_pure_packed"), (callee, value), ty_args=(unknown,))
        return self._emitter.normal(call)

    def cast(self, value: relax.Expr, shape: Sequence[Dim], dtype: str) -> relax.Expr:
        """The value under a shape in the solver's symbols."""
        given = self._emitter.argument(value)
        return self.emission.typed(given, types.TensorType(tuple(map(self.emission.dim, shape)), dtype))


def _is_data(type_: Type) -> bool:
    return all(isinstance(leaf, types.TensorType) and leaf.dims is not None for leaf in leaves(type_))
