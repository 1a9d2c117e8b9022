"""Devices of expressions as unknowns: a domain is a place, or one for each parameter and the result of a function.

Domains are joined as equations are met (device_domains.cc in TVM 0.19).
"""

from __future__ import annotations

from relay_compat.devices.place import ANYWHERE, Place
from relay_compat.ir.types import FuncType, Type


class Domain:
    """Of a value that is no function ``place``; of a function the domains of parameters and, last, of the result."""

    __slots__ = ("parts", "place")

    def __init__(self, place: Place = ANYWHERE, parts: tuple[Domain, ...] = ()) -> None:
        self.place = place
        self.parts = parts


def domain_of_type(type_: Type | None, result: Place = ANYWHERE) -> Domain:
    """A new domain that fits a type; of functions the result is at ``result``, and where parameters are is open."""
    if isinstance(type_, FuncType):
        params = tuple(domain_of_type(param) for param in type_.arg_types)
        return Domain(parts=(*params, domain_of_type(type_.ret_type, result)))
    return Domain(result)


class Equations:
    """What is known of domains that are equal."""

    def __init__(self) -> None:
        self._equal: dict[Domain, Domain] = {}
        self._undo: list[tuple[Domain, Domain | None]] | None = None

    def root(self, domain: Domain) -> Domain:
        """The domain that stands for all that are equal to this one."""
        root = domain
        while (further := self._equal.get(root)) is not None:
            root = further
        while domain is not root:
            further = self._equal[domain]
            self._set(domain, root)
            domain = further
        return root

    def unify(self, left: Domain, right: Domain) -> bool:
        """Make two domains equal; whether nothing contradicts it."""
        pending = [(left, right)]
        while pending:
            left, right = (self.root(side) for side in pending.pop())
            if left is right:
                continue
            if left.parts or right.parts:
                pending += zip(left.parts, right.parts, strict=True)
                self._set(left, right)
                continue
            joined = left.place.joined(right.place)
            if joined is None:
                return False
            stays = left if joined == left.place else right if joined == right.place else Domain(joined)
            for side in (left, right):
                if side is not stays:
                    self._set(side, stays)
        return True

    def unify_if_possible(self, left: Domain, right: Domain) -> None:
        """Make two domains equal unless something contradicts it."""
        self._undo = []
        possible = self.unify(left, right)
        undo, self._undo = self._undo, None
        if not possible:
            for domain, before in reversed(undo):
                if before is None:
                    del self._equal[domain]
                else:
                    self._equal[domain] = before

    def collapse(self, value: Domain, domain: Domain) -> bool:
        """Put a value, and all parameters and results of functions in ``domain``, at one place; whether nothing
        contradicts it.
        """
        return all(self.unify(value, leaf) for leaf in self.leaves(domain))

    def leaves(self, domain: Domain) -> list[Domain]:
        """The domains of values that are no functions within a domain, left to right."""
        found: list[Domain] = []
        pending = [domain]
        while pending:
            root = self.root(pending.pop())
            if root.parts:
                pending += reversed(root.parts)
            else:
                found.append(root)
        return found

    def result(self, domain: Domain) -> Domain:
        """The domain of what a function, called until no function is left, gives."""
        root = self.root(domain)
        while root.parts:
            root = self.root(root.parts[-1])
        return root

    def _set(self, domain: Domain, equal: Domain) -> None:
        if self._undo is not None:
            self._undo.append((domain, self._equal.get(domain)))
        self._equal[domain] = equal
