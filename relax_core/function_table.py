"""The functions of a module under construction: unique names, and each function once."""

from __future__ import annotations

from collections.abc import Hashable

from relax_core.ir.expr import BindingBlock, Call, Function, GlobalVar, IRModule, Op, PrimFunc, SeqExpr
from relax_core.names import NameTable
from relax_core.passes.normalize_global_var import normalize_global_vars
from relax_core.structural import structural_equal
from relax_core.types.deduce import type_of
from relax_core.types.leaves import function_type
from relax_core.types.relations import is_base_of
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import BaseFunc


class FunctionTable:
    """A module that functions are added to; names are drawn from ``names``."""

    def __init__(self, module: IRModule, names: NameTable) -> None:
        self.module = module
        self._names = names
        self._declared: dict[str, GlobalVar] = {}
        # Functions that may be equal, by what is cheap to compare; filled when the first function is added.
        self._alike: dict[Hashable, set[GlobalVar]] | None = None

    def add(self, function: BaseFunc, hint: str) -> GlobalVar:
        """The variable of a function, which is added under a unique name unless the module has its equal.

        Of several equals, the first by name is taken, as in TVM.
        """
        table = self._table()
        alike = table.setdefault(_fingerprint(function), set())
        for var in sorted(alike, key=lambda item: item.name):
            known = self.module[var]
            if known is function or structural_equal(known, function):
                return var
        name = self._names.unique(hint)
        while name in self.module:
            name = self._names.unique(hint)
        return self._put(GlobalVar(name), function)

    def finish(self, name: str, function: Function) -> GlobalVar:
        """The variable of a function that was built, which may have been declared before. R2R0202 where it was declared
        with another type.
        """
        declared = self._declared.pop(name, None)
        if declared is None:
            return self.add(function, name)
        stated, found = declared.checked, type_of(function)
        if stated is not None and found is not None and not is_base_of(stated, found):
            raise fail(codes.TYPE_MISMATCH, f"function {name} was declared as {stated}, and is {found}")
        return self._put(declared, function)

    def update(self, var: GlobalVar, function: BaseFunc) -> None:
        """Replace a function, or add it under this variable."""
        if self._alike is not None and var in self.module:
            self._alike.get(_fingerprint(self.module[var]), set[GlobalVar]()).discard(var)
        self._put(var, function)

    def declare(self, name: str, like: Function) -> GlobalVar:
        """The variable of a function that is finished later, typed by the annotations of ``like``."""
        var = self._declared.get(name)
        if var is None:
            self._names.reserve(name)
            var = self._declared[name] = self.module.get_global_var(name) if name in self.module else GlobalVar(name)
        var.memo("checked", function_type(like))
        return var

    def finalized(self) -> IRModule:
        """The module with public functions under the names of their symbols."""
        return normalize_global_vars(self.module)

    def _put(self, var: GlobalVar, function: BaseFunc) -> GlobalVar:
        self.module[var] = function
        var.memo("checked", type_of(function))
        if self._alike is not None:
            self._alike.setdefault(_fingerprint(function), set()).add(var)
        return var

    def _table(self) -> dict[Hashable, set[GlobalVar]]:
        if self._alike is None:
            self._alike = {}
            for var, function in self.module.functions.items():
                self._alike.setdefault(_fingerprint(function), set()).add(var)
        return self._alike


def _fingerprint(function: BaseFunc) -> Hashable:
    """What equal functions have in common, at a cost linear in the size of their outermost body."""
    if isinstance(function, PrimFunc):
        return PrimFunc, len(function.params), len(function.buffer_map)
    if not isinstance(function, Function):
        return type(function)
    body = function.body
    blocks: tuple[BindingBlock, ...] = body.blocks if isinstance(body, SeqExpr) else ()
    kinds: list[Hashable] = []
    for block in blocks:
        for binding in block.bindings:
            value: object = getattr(binding, "value", None)
            callee = value.op if isinstance(value, Call) else None
            kinds.append(callee.name if isinstance(callee, Op | GlobalVar) else type(value).__name__)
    return len(function.params), function.is_pure, tuple(kinds)
