"""What the functions of one conversion share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from migrate.forward.closures import Known
from migrate.forward.constant import Constants
from migrate.forward.data import constructor_function
from migrate.forward.dynamic.solve import Sizes
from migrate.forward.effects import Effects
from migrate.forward.names import legal
from migrate.forward.options import Options
from migrate.forward.say import Kernels
from migrate.forward.stub import Stubs
from migrate.report.model import Report
from relax_core.names import NameTable
from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Constant
from tensor_core.module import GlobalVar, IRModule


@dataclass
class Shared:
    """The Relay module, the module under construction, its tensor programs, the report, and what Relay's functions are
    called.

    ``names`` holds the names of all functions, those that are still to come included. ``called`` are the Relay
    functions that others call, with what they get beside their arguments. ``sizes``: of the functions with open
    dimensions, by name.
    """

    source: IRModule
    module: IRModule
    options: Options
    report: Report
    effects: Effects
    constants: Constants
    called: Mapping[GlobalVar, tuple[Constant, ...]]
    names: NameTable
    sizes: Mapping[str, Sizes] = field(default_factory=dict[str, Sizes])
    globals: dict[GlobalVar, Known] = field(default_factory=dict[GlobalVar, Known])
    kernels: Kernels = field(init=False)
    stubs: Stubs = field(init=False)
    _constructors: dict[str, Known] = field(default_factory=dict[str, Known])

    def __post_init__(self) -> None:
        self.kernels = Kernels(self.module, self.names)
        self.stubs = Stubs(self.module, self.names)

    def constructor(self, constructor: Constructor) -> Known:
        """The function that a constructor is as a value, added to the module when it is new."""
        name = constructor.name
        if name not in self._constructors:
            var = GlobalVar(self.names.unique(legal(name)))
            function = constructor_function(constructor, self.options.target)
            var.memo("checked", function.ty)
            self.module[var] = function
            self._constructors[name] = Known(var)
        return self._constructors[name]
