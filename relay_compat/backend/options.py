"""Named kinds with options, as TVM's Executor and Runtime are: data that is checked and kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tensor_core import codes
from tensor_core.diagnostics import fail

_TYPES: dict[type[Any], str] = {bool: "runtime.BoxBool", int: "runtime.BoxInt", str: "runtime.String"}


class Choice:
    """One of the registered kinds with its options. R2R0703 for an unknown kind, option, or type of an option."""

    known: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Options by kind: each with its default, or its type where it has none."""
    flag_registry_name: ClassVar[str] = ""

    def __init__(self, name: str, options: Mapping[str, Any] | None = None) -> None:
        known = self._options(name)
        for option, value in (options or {}).items():
            _check(type(self).__name__, known, option, value)
        self.name = name
        defaults = {option: value for option, value in known.items() if not isinstance(value, type)}
        self.attrs = {**defaults, **(options or {})}

    @classmethod
    def _options(cls, name: str) -> Mapping[str, Any]:
        if name not in cls.known:
            raise fail(codes.BAD_OPTION, f'{cls.__name__} "{name}" is not defined')
        return cls.known[name]

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
        return {option: _TYPES[_type_of(value)] for option, value in cls._options(str(name)).items()}


def _type_of(value: Any) -> type[Any]:
    found: type[Any] = value if isinstance(value, type) else type(value)
    return found


def _check(kind: str, known: Mapping[str, Any], option: str, value: Any) -> None:
    if option not in known:
        raise fail(codes.BAD_OPTION, f'Attribute "{option}" is not available on this {kind}')
    wanted, found = _type_of(known[option]), _type_of(value)
    if found is not wanted and not (wanted is bool and found is int):
        types = f'type "{_TYPES[wanted]}" but instead found "{_TYPES.get(found, found.__name__)}"'
        raise fail(codes.BAD_OPTION, f'Attribute "{option}" should have {types}')
