"""CombineParallelMatmul: products of one left matrix become one product, which is then split (relax.transform of TVM
0.19 to 0.27).

A bias and an activation behind all of the products are done once, too, where all have them. Right matrices are joined
where their ranks and batches are alike; of those with an open width, one at most, as the last. Products of several
element types stay, and so do vectors and biases that are narrower than their products, on which TVM 0.27 fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from relax_core.analysis import get_var2val
from relax_core.dpl import PatternContext, is_op, rewrite_bindings, wildcard
from relax_core.dpl.patterns import DFPattern
from relax_core.ir.expr import Call, Expr, Function, IRModule, Tuple, TupleGetItem, Var
from relax_core.ir.types import TensorType
from relax_core.op import creator
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.types.deduce import type_of
from tensor_core import shapes
from tensor_core.node import Node, post_order
from tensor_core.passes import Contract, Pass, PassContext, PassInfo

Check = Callable[[Var, list[Var], list[Var], Mapping[Var, Expr]], bool]
"""Whether products may be joined: of the left matrix, the right ones, the biases, and what variables are bound to."""

_ACTIVATIONS = ("nn.relu", "nn.gelu", "nn.gelu_tanh", "nn.silu")


def CombineParallelMatmul(check: Check | None = None) -> Pass:
    """The pass. ``check`` leaves out products that are not to be joined."""
    accepts = check or _always

    def apply(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        release = relax_release(module)
        # Many products at once rather than few, for those few would be left over.
        for branches in sorted(_branches(function), key=lambda item: -item.count):
            function = _Combination(branches, accepts, release).rewritten(function)
        return function

    return FunctionPass(PassInfo(0, "CombineParallelMatmul", contract=Contract.REASSOCIATING), apply)


def _always(left: Var, rights: list[Var], biases: list[Var], values: Mapping[Var, Expr]) -> bool:
    del left, rights, biases, values
    return True


@dataclass(frozen=True, slots=True)
class _Branches:
    """So many products of one matrix, what rank of bias all of them have, if any, and which activation."""

    count: int
    bias: int | None = None
    activation: str | None = None


def _branches(function: Function) -> list[_Branches]:
    """Everything that might be joined."""
    values = get_var2val(function)
    calls = [node for node in post_order([function], Node.iter_children) if isinstance(node, Call)]

    def groups(form: _Form) -> dict[Var, _Branches]:
        found: dict[Var, _Branches] = {}
        for call in calls:
            matched = form.whole.extract_matched_expr(call, values)
            product = matched.get(form.product) if matched else None
            if matched is None or not isinstance(product, Call) or not isinstance(product.args[0], Var):
                continue
            bias = _rank(matched[form.bias]) if form.bias is not None else None
            known = found.get(product.args[0])
            found[product.args[0]] = (
                _Branches(1, bias, form.activation) if known is None else _joined(known, bias, form)
            )
        return found

    active: dict[Var, _Branches] = {}
    for with_bias in (True, False):
        for name in _ACTIVATIONS:
            active = {**groups(_form(with_bias, name)), **active}
    biased, products = groups(_form(True, None)), groups(_form(False, None))
    for others in (biased, active):
        for var, branches in others.items():
            if var in products and products[var].count == branches.count:
                products[var] = branches
    return [item for group in (products, active, biased) for item in group.values() if item.count > 1]


def _joined(known: _Branches, bias: int | None, form: _Form) -> _Branches:
    return replace(
        known,
        count=known.count + 1,
        bias=known.bias if known.bias == bias else None,
        activation=known.activation if known.activation == form.activation else None,
    )


@dataclass(slots=True)
class _Form:
    """The patterns of one product and of what is done with it."""

    left: DFPattern
    right: DFPattern
    product: DFPattern
    bias: DFPattern | None
    whole: DFPattern
    activation: str | None


def _form(with_bias: bool, activation: str | None, left: DFPattern | None = None) -> _Form:
    left = left or wildcard()
    right = wildcard()
    product = whole = is_op("relax.matmul")(left, right)
    bias = wildcard() if with_bias else None
    if bias is not None:
        whole = is_op("relax.add")(whole, bias)
    if activation is not None:
        whole = is_op(f"relax.{activation}")(whole)
    return _Form(left, right, product, bias, whole, activation)


@dataclass(slots=True)
class _Combination:
    branches: _Branches
    check: Check
    release: str
    left: DFPattern = field(default_factory=wildcard)

    def rewritten(self, function: Function) -> Function:
        with PatternContext() as context:
            forms = [
                _form(self.branches.bias is not None, self.branches.activation, self.left)
                for _ in range(self.branches.count)
            ]
            for form in forms:
                self.left.used_by(form.product, 0)
                form.right.used_by(form.product, 1)

        def replacements(found: dict[DFPattern, Var], values: dict[Var, Expr]) -> dict[Var, Expr]:
            return self._replacements(forms, found, values)

        return rewrite_bindings(context, replacements, function)

    def _replacements(
        self, forms: Sequence[_Form], found: Mapping[DFPattern, Var], values: Mapping[Var, Expr]
    ) -> dict[Var, Expr]:
        sizes = [_dims(found[form.right]) for form in forms]
        if any(item is None for item in sizes):
            return {}
        by_rank: dict[int, list[_Form]] = {}
        for form, dims in zip(forms, sizes, strict=True):
            by_rank.setdefault(len(dims), []).append(form)
        result: dict[Var, Expr] = {}
        for rank, group in by_rank.items():
            result.update(self._combined(rank, group, found, values))
        return result

    def _combined(
        self, rank: int, group: Sequence[_Form], found: Mapping[DFPattern, Var], values: Mapping[Var, Expr]
    ) -> dict[Var, Expr]:
        """New values for products whose right matrices have one rank; none where they are not to be joined."""
        batches = [_dims(found[form.right])[: rank - 2] for form in group]
        if any(not _same(batch, batches[0]) for batch in batches):
            return {}
        known = [form for form in group if isinstance(_width(found[form.right]), int)]
        open_ones = [form for form in group if form not in known]
        parts = [*known, *open_ones[:1]]
        left, rights = found[self.left], [found[form.right] for form in parts]
        products = [found[form.product] for form in parts]
        biases = [found[form.bias] for form in parts if form.bias is not None]
        if len(parts) < 2 or rank < 2 or len({_dtype(item) for item in rights}) > 1:
            return {}
        if len({_dtype(item) for item in products}) > 1 or not _fit(biases, rights, _rank(products[0])):
            return {}
        if not self.check(left, rights, biases, values):
            return {}
        op = self._op
        made = op(
            "matmul", left, op("concat", Tuple(tuple(rights)), rank - 1), out_dtype=_dtype(found[parts[0].product])
        )
        if biases:
            made = op("add", made, op("concat", Tuple(tuple(biases)), _rank(biases[0]) - 1))
        if self.branches.activation is not None:
            made = op(self.branches.activation, made)
        ends = [sum(map(_width, rights[: n + 1])) for n in range(len(rights) - 1)]
        chunks = op("split", made, ends, _rank(products[0]) - 1)
        return {found[form.whole]: TupleGetItem(chunks, n) for n, form in enumerate(parts)}

    def _op(self, path: str, *args: Any, **attrs: Any) -> Expr:
        return creator(path, self.release)(*args, **attrs)


def _fit(biases: Sequence[Expr], rights: Sequence[Expr], rank: int) -> bool:
    """Whether each bias is as wide as its product and, but for that, all are of one shape and element type."""
    if not biases:
        return True
    sizes = [_dims(bias) for bias in biases]
    if any(not dims or len(dims) > rank for dims in sizes) or len({_dtype(bias) for bias in biases}) > 1:
        return False
    alike = all(len(dims) == len(sizes[0]) and _same(dims[:-1], sizes[0][:-1]) for dims in sizes)
    return alike and all(shapes.prove_equal(dims[-1], _width(right)) for dims, right in zip(sizes, rights, strict=True))


def _dims(expr: Expr) -> Any:
    found = type_of(expr)
    return found.dims if isinstance(found, TensorType) else None


def _width(expr: Expr) -> Any:
    return _dims(expr)[-1]


def _rank(expr: Expr) -> int:
    found = type_of(expr)
    return found.ndim if isinstance(found, TensorType) else -1


def _dtype(expr: Expr) -> str:
    found = type_of(expr)
    assert isinstance(found, TensorType)
    return found.dtype


def _same(a: Any, b: Any) -> bool:
    return all(map(shapes.prove_equal, a, b))
