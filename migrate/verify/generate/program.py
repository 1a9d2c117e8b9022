"""What is generated: a module with arguments for its ``main``."""

from __future__ import annotations

from dataclasses import dataclass

from migrate.values import Array
from relay_compat.ir.expr import Constant
from relay_compat.text.printer import print_module
from relay_compat.visit import reachable
from tensor_core.module import IRModule


@dataclass(frozen=True)
class Program:
    """A module with a function ``main``, its types inferred, and one array for each parameter."""

    module: IRModule
    args: tuple[Array, ...]

    def __repr__(self) -> str:
        arrays = [node.data for node in reachable(self.module["main"]) if isinstance(node, Constant)]
        # The printer writes scalars in place and numbers the rest.
        numbered = [("meta[relay.Constant]", n, array) for n, array in enumerate(a for a in arrays if a.ndim)]
        numbered += [("argument", n, array) for n, array in enumerate(self.args)]
        shown = [f"# {what}[{n}]: {array.dtype}{list(array.shape)} {array.tolist()}" for what, n, array in numbered]
        text, _, _ = print_module(self.module, show_meta_data=False).partition("\n/* For debugging purposes")
        return "\n".join([text.rstrip(), *shown])
