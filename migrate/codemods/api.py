"""TVM's Python names, by release, as recorded from its wheels (tests/corpus/record_api.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

from tensor_core.releases import older, order

OLD: Final = "0.19"
"""The last release with Relay."""


@dataclass(frozen=True, slots=True)
class Api:
    """The public names of one release.

    ``canonical``: for every dotted name the shortest one of the same object. ``members``: the names in each module.
    ``parameters``: of functions and classes, as written in their signatures ("axis=-1").
    """

    canonical: Mapping[str, str]
    members: Mapping[str, frozenset[str]]
    parameters: Mapping[str, tuple[str, ...]]

    def known(self, dotted: str) -> str | None:
        """The shortest name of what a dotted name stands for; None where the release has no such name."""
        found = self.canonical.get(dotted)
        if found is not None:
            return found
        head, _, last = dotted.rpartition(".")
        home = self.canonical.get(head)
        if home is None or (home != head and home in self.members):
            return self.known(f"{home}.{last}") if home is not None else None
        # An attribute of a class is not recorded: it is taken to be there.
        return None if home in self.members else f"{home}.{last}"


@lru_cache(maxsize=8)
def api(release: str) -> Api:
    """What a release has; of one that was never recorded, what its nearest recorded neighbour before it has."""
    table = json.loads((files("migrate.codemods") / "api" / f"{_recorded(release)}.json").read_text("utf-8"))
    canonical: dict[str, str] = {}
    members: dict[str, frozenset[str]] = {}
    for module, names in table["names"].items():
        items = [item.partition("=")[::2] for item in names.split()]
        # A first item without a name is the module's own shorter name: tvm.relay.nn for tvm.relay.op.nn.
        short = items[0][1] if items and not items[0][0] else module
        canonical[module] = short
        for home in {module, short}:
            members[home] = frozenset(name for name, _ in items if name)
            for name, best in items:
                if name:
                    canonical[f"{home}.{name}"] = best or f"{module}.{name}"
    parameters = {name: tuple(_split(text)) for name, text in table["parameters"].items()}
    return Api(canonical, members, parameters)


def recorded() -> tuple[str, ...]:
    """The releases whose names were recorded, oldest first."""
    found = (item.name.removesuffix(".json") for item in (files("migrate.codemods") / "api").iterdir())
    return tuple(sorted((name for name in found if name[0].isdigit()), key=order))


def _recorded(release: str) -> str:
    before = [name for name in recorded() if not older(release, name)]
    return before[-1] if before else recorded()[0]


def _split(text: str) -> list[str]:
    # Defaults may hold blanks: "strides=(1, 1)".
    parts: list[str] = []
    depth = 0
    for word in text.split():
        if depth:
            parts[-1] += f" {word}"
        else:
            parts.append(word)
        depth += word.count("(") + word.count("[") - word.count(")") - word.count("]")
    return parts
