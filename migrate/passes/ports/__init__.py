"""The passes that exist on both sides, with what each promises: what ``relay2relax passes verify`` can prove.

A pass without a port of its own is on both sides through a bridge, and promises what its contract says.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from migrate.named import imported
from migrate.passes.bridges import Transform, on_relax, ready
from migrate.passes.ledger import Status, ledger, row
from migrate.passes.ports import (
    alterations,
    bridged,
    cleaning,
    computing,
    folding,
    layouts,
    mixed,
    quantized,
    scaling,
    shapes,
    simplifying,
)
from migrate.verify.generate.skeletons.bridging import AROUND
from migrate.verify.generate.skeletons.table import SKELETONS, Skeleton
from migrate.verify.proof import PortedPass, differs
from relay_compat.transform.registry import find
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.passes import Pass, PassContext, Sequential

_GROUPS = (alterations, cleaning, computing, folding, layouts, mixed, quantized, scaling, shapes, simplifying)

ENTRY_POINT_GROUP = "relay2relax.passes"
"""A vendor's package names a module with ``PORT`` or ``PORTS`` under this group."""


@lru_cache(maxsize=1)
def ports() -> Mapping[str, PortedPass]:
    """By the name in the ledger."""
    return {port.name: port for group in _GROUPS for port in group.ports()}


@lru_cache(maxsize=1)
def vendors_ports() -> Mapping[str, PortedPass]:
    """Those of installed packages. ValueError for a name that the ledger or another package has."""
    found: dict[str, PortedPass] = {}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        module = import_module(point.value)
        for port in getattr(module, "PORTS", ()) or (module.PORT,):
            if port.name in ledger() or port.name in found:
                raise ValueError(f"{point.value} ports {port.name!r}, which is taken")
            found[port.name] = port
    return found


def named(name: str) -> PortedPass | None:
    """Both versions of a pass: of the ledger, of a vendor's package, or ``package.module:ATTRIBUTE``; None for one of
    the ledger that is not on Relax. R2R0703 for a name that stands for no pass.
    """
    if ":" in name:
        made = imported(name, "pass")
        if not isinstance(made, PortedPass):
            raise fail(codes.BAD_OPTION, f"{name!r} is no PortedPass", hint="see migrate.passes.porting")
        return made
    return vendors_ports().get(name) or pair(name)


_OPTIONS: Mapping[str, tuple[Any, ...]] = {
    "ConvertLayout": ({"nn.conv2d": ["NHWC", "default"]},),
    "FuseOps": (2,),
    "SplitArgs": (2,),
}
"""Options of passes whose defaults do nothing, or that have none."""


_BEFORE: Mapping[str, tuple[str, ...]] = {"PartialEvaluate": ("ToANormalForm",)}
"""Passes that bring a program into the form that a pass refuses to do without."""


def relay_pass(name: str) -> Pass:
    """A Relay pass by its name, with options under which it has something to do. R2R0703 for a name that no ported pass
    has.
    """
    make = find(name)
    if make is None:
        raise fail(codes.BAD_OPTION, f"there is no pass {name!r} on Relay here", hint="see 'relay2relax passes'")
    made = make(*_OPTIONS.get(name, ()))
    first = [found() for before in _BEFORE.get(name, ()) if (found := find(before)) is not None]
    return Sequential([*first, made], name=name) if first else made


def pair(name: str) -> PortedPass | None:
    """Both versions of a pass in the ledger: its port, or itself through a bridge; None where it is not on Relax."""
    if row(name).status is not Status.BRIDGED:
        return ports().get(name)
    made = relay_pass(name)
    # Passes that are sequences leave out what the context's level does not reach.
    old, new = _at_any_level(ready(made)), _at_any_level(on_relax(made))
    around = tuple(map(Skeleton, AROUND.get(name, ()))) or SKELETONS
    promise = bridged.PROMISES.get(name, _nothing)
    contract = row(name).contract or made.info.contract
    return PortedPass(
        name, old, new, promise, differs, contract, skeletons=around, near=bridged.NEAR.get(name)
    )  # fmt: skip


def _at_any_level(transform: Transform) -> Transform:
    def run(module: IRModule) -> IRModule:
        with PassContext(opt_level=4):
            return transform(module)

    return run


def _nothing(module: IRModule) -> str:
    del module
    return ""
