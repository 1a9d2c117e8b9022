"""What the functions of one conversion share."""

from __future__ import annotations

from dataclasses import dataclass, field

from migrate.forward.closures import Known
from migrate.forward.effects import Effects
from migrate.forward.options import Options
from migrate.forward.say import Kernels
from migrate.report.model import Report
from relax_core.names import NameTable
from tensor_core.module import GlobalVar, IRModule


@dataclass
class Shared:
    """The module under construction, its tensor programs, the report, and what Relay's functions are called.

    ``names`` holds the names of all functions, those that are still to come included. ``called`` are the Relay
    functions that others call: their signatures stay as they are. ``taken``: names of their parameters.
    """

    module: IRModule
    options: Options
    report: Report
    effects: Effects
    called: frozenset[GlobalVar]
    names: NameTable
    taken: frozenset[str]
    globals: dict[GlobalVar, Known] = field(default_factory=dict[GlobalVar, Known])
    kernels: Kernels = field(init=False)

    def __post_init__(self) -> None:
        self.kernels = Kernels(self.module, self.names)
