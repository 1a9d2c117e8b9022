"""What a vendor's port of a pass is made with: the two versions, what they promise, and programs to try them on.

A package registers its ports under the entry point group ``relay2relax.passes``: a module with ``PORT`` or ``PORTS``.
``relay2relax passes verify`` proves them as it does those of the product, and ``passes scaffold`` writes one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from migrate.passes.bridges import Transform, on_relax, typed
from migrate.passes.ports.seen import Seen, operators, tensor
from migrate.reading import is_relax
from migrate.verify.generate.features import PLAIN, PURE, Feature
from migrate.verify.generate.skeletons.example import example
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass, Proof, differs, prove
from tensor_core.module import IRModule
from tensor_core.passes import Contract

__all__ = [
    "PLAIN", "PURE", "Contract", "Feature", "PortedPass", "Proof", "Seen", "Skeleton", "differs", "example",
    "is_relax", "operators", "port", "prove", "settles", "tensor",
]  # fmt: skip


def port(
    name: str,
    relay: Transform,
    relax: Transform | None,
    examples: Sequence[Skeleton],
    *,
    promise: Callable[[IRModule], str] | None = None,
    contract: Contract = Contract.EXACT,
    features: frozenset[Feature] = PLAIN,
    takes: Callable[[IRModule], bool] | None = None,
) -> PortedPass:
    """A pass on both sides. Without ``relax`` the Relay pass runs there through a bridge; without ``promise`` both
    versions must leave nothing that they would change themselves.

    The preconditions of the pass: ``features`` are what its programs may hold beside operators (:data:`PLAIN`
    straight-line code and branches, :data:`PURE` everything without effects; sizes are static without
    ``Feature.DYNAMIC``), and ``takes(module)`` says of a Relay module whether the pass is meant for it.
    """
    here, there = typed(relay), relax or on_relax(relay, name)
    return PortedPass(
        name, here, there, promise or settles(here, there), contract=contract, features=features, skeletons=examples,
        takes=takes,
    )  # fmt: skip


def settles(relay: Transform, relax: Transform) -> Callable[[IRModule], str]:
    """The promise of a pass that leaves nothing for a second run of its side's version."""

    def left(module: IRModule) -> str:
        again = (relax if is_relax(module) else relay)(module)
        return "a second run changes the module again" if differs(module, again) else ""

    return left
