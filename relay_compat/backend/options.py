"""Named kinds with options, as TVM's Executor and Runtime are: data that is checked and kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class Choice:
    """One of the registered kinds with its options. ValueError for an unknown kind or option."""

    known: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    flag_registry_name: ClassVar[str] = ""

    def __init__(self, name: str, options: Mapping[str, Any] | None = None) -> None:
        if name not in self.known:
            raise ValueError(f'{type(self).__name__} "{name}" is not defined')
        for option in options or {}:
            if option not in self.known[name]:
                raise ValueError(f'Attribute "{option}" is not available on this {type(self).__name__}')
        self.name = name
        self.attrs = dict(options or {})

    def __contains__(self, name: str) -> bool:
        return name in self.attrs

    def __getitem__(self, name: str) -> Any:
        return self.attrs[name]

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and (self.name, self.attrs) == (other.name, other.attrs)

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def list_registered(cls) -> list[str]:
        """The kinds there are."""
        return sorted(cls.known)

    @classmethod
    def list_registered_options(cls, name: str) -> dict[str, str]:
        """The options of a kind, each with the type of its value."""
        return dict.fromkeys(cls.known[str(name)], "runtime.String")
