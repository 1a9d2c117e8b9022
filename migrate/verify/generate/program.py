"""What is generated: a module with arguments for its ``main``."""

from __future__ import annotations

from dataclasses import dataclass

from migrate.reading import is_relax
from migrate.values import Value, is_array
from migrate.verify.generate.features import Features
from relax_core.text.printer import print_module as print_script
from relay_compat.ir.expr import Constant
from relay_compat.text.printer import print_module
from relay_compat.visit import reachable
from tensor_core.data_values import DataValue
from tensor_core.module import IRModule


@dataclass(frozen=True)
class Program:
    """A module of either IR with a function ``main``, its types inferred, and one value for each parameter.

    ``features``: what it may hold, where it was generated; ``around``: the name of the skeleton that it was built on.
    """

    module: IRModule
    args: tuple[Value, ...]
    features: Features = frozenset()
    around: str = ""

    def __repr__(self) -> str:
        shown = [] if is_relax(self.module) else self._constants()
        shown += [f"# argument[{n}]: {_shown(value)}" for n, value in enumerate(self.args)]
        return "\n".join([self._text().rstrip(), *shown])

    def _text(self) -> str:
        if is_relax(self.module):
            return print_script(self.module)
        return print_module(self.module, show_meta_data=False).partition("\n/* For debugging purposes")[0]

    def _constants(self) -> list[str]:
        functions = [self.module[name] for name in self.module.functions]
        arrays = [node.data for node in reachable(*functions) if isinstance(node, Constant)]
        # The printer writes scalars in place and numbers the rest.
        numbered = [("meta[relay.Constant]", n, array) for n, array in enumerate(a for a in arrays if a.ndim)]
        return [f"# {what}[{n}]: {_shown(array)}" for what, n, array in numbered]


def _shown(value: Value) -> str:
    if isinstance(value, DataValue):
        return f"{value.name}({', '.join(map(_shown, value.fields))})"
    if is_array(value):
        return f"{value.dtype}{list(value.shape)} {value.tolist()}"
    return f"({', '.join(map(_shown, value))})"
