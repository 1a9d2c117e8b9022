"""``relay2relax.lock``: what of a repository is ported, what is left of the old API, and what was proven.

One JSON file beside the sources, keys in order and one to a line, so that two people's changes merge. Paths in it are
relative to its folder. It holds no times and no places in files: it changes only when the state does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from migrate.whole_file import read_bytes
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.limits import Limits

NAME = "relay2relax.lock"
VERSION = 1
VERDICTS = ("holds", "missed", "vacuous", "different")
"""From the strongest to the weakest."""

Left = Mapping[str, Mapping[str, int]]
"""Places that ask for a person, by level ("auto", "assisted", "manual", "unknown"), then by rule or unknown name."""


@dataclass(frozen=True, slots=True)
class LockedFile:
    """The state of one file. ``ported``: whether it was rewritten, or held nothing to rewrite automatically.

    ``before`` and ``after``: digests of what was read and of what was written. ``rules``: how often each was applied.
    ``accepted``: reasons why places stay as they are, by level and rule as ``manual:RULE``.
    """

    ported: bool
    before: str
    after: str
    tool: str
    source: str
    target: str
    rules: Mapping[str, int] = field(default_factory=dict[str, int])
    left: Left = field(default_factory=dict[str, Mapping[str, int]])
    accepted: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class LockedProof:
    """What the last proof of a pass said, the best that one ever did, and why a worse one is accepted."""

    verdict: str
    best: str
    programs: int = 0
    seed: int = 0
    accepted: str = ""

    @property
    def worse(self) -> bool:
        """Whether less is known now than was before, and nobody has accepted it."""
        return not self.accepted and VERDICTS.index(self.verdict) > VERDICTS.index(self.best)


@dataclass(frozen=True, slots=True)
class Lock:
    """The whole state. ``roots``: the paths that were ported, which later looks start from."""

    target: str
    source: str
    roots: tuple[str, ...] = ()
    files: Mapping[str, LockedFile] = field(default_factory=dict[str, LockedFile])
    proofs: Mapping[str, LockedProof] = field(default_factory=dict[str, LockedProof])

    def with_proof(self, name: str, verdict: str, programs: int, seed: int) -> Lock:
        """The lock after a proof of a pass; R2R0703 for a verdict that is none of :data:`VERDICTS`."""
        if verdict not in VERDICTS:
            raise fail(codes.BAD_OPTION, f"{verdict!r} is no verdict", hint=f"one of {', '.join(VERDICTS)}")
        best = min((verdict, self.proofs[name].best) if name in self.proofs else (verdict,), key=VERDICTS.index)
        return replace(self, proofs={**self.proofs, name: LockedProof(verdict, best, programs, seed)})

    def text(self) -> str:
        """The contents of the file."""
        document = {
            "version": VERSION,
            "target": self.target,
            "from": self.source,
            "roots": sorted(self.roots),
            "files": {name: _file(item) for name, item in self.files.items()},
            "proofs": {name: _proof(item) for name, item in self.proofs.items()},
        }
        return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def digest(data: bytes) -> str:
    """What a file's contents are known by."""
    return f"sha256:{sha256(data).hexdigest()}"


def name_of(path: Path, lock: Path) -> str:
    """How a lock calls a file."""
    return Path(os.path.relpath(os.path.abspath(path), os.path.abspath(lock.parent))).as_posix()


def read_lock(path: Path) -> Lock:
    """The state that a lock file holds. R2R0701 when it cannot be read, R2R0813 when it is not one."""
    data = read_bytes(path, Limits(bytes=1 << 28))
    try:
        document: object = json.loads(data.decode())
        return _lock(_Reader(document, "the file"))
    except UnicodeDecodeError as error:
        raise _bad(path, f"it is not UTF-8: {error.reason}") from error
    except json.JSONDecodeError as error:
        merged = any(line.startswith((b"<<<<<<<", b">>>>>>>")) for line in data.splitlines())
        reason = "it holds marks of a merge" if merged else f"line {error.lineno}: {error.msg}"
        raise _bad(path, reason) from error
    except RecursionError as error:
        raise _bad(path, "it is nested too deeply") from error
    except _WrongError as error:
        raise _bad(path, str(error)) from error


def _bad(path: Path, reason: str) -> DiagnosticError:
    hint = "take it from git again, or delete it and run 'relay2relax status --update PATH' for the state as it is"
    return fail(codes.BAD_LOCK, f"{path}: {reason}", hint=hint)


# ---- JSON


class _WrongError(Exception):
    """What a document holds is not what it should hold."""


class _Reader:
    """A value of a JSON document, asked for as the type that it must have."""

    def __init__(self, value: object, where: str) -> None:
        self._value = value
        self._where = where

    def __getitem__(self, key: str) -> _Reader:
        members = self._as(dict, "an object")
        if key not in members:
            raise _WrongError(f"{self._where} lacks {key!r}")
        return _Reader(members[key], f"{self._where}, {key}")

    def members(self) -> dict[str, _Reader]:
        found = cast("dict[str, object]", self._as(dict, "an object"))
        return {key: _Reader(value, f"{self._where}, {key}") for key, value in found.items()}

    def items(self) -> list[_Reader]:
        return [_Reader(value, self._where) for value in self._as(list, "a list")]

    def text(self) -> str:
        return self._as(str, "a text")

    def flag(self) -> bool:
        return self._as(bool, "true or false")

    def number(self) -> int:
        found = self._as(int, "a number")
        if isinstance(found, bool) or found < 0:
            raise _WrongError(f"{self._where} is no count")
        return found

    def verdict(self) -> str:
        if (found := self.text()) not in VERDICTS:
            raise _WrongError(f"{self._where} is no verdict: {found!r}")
        return found

    def _as(self, kind: type[Any], said: str) -> Any:
        if not isinstance(self._value, kind):
            raise _WrongError(f"{self._where} is not {said}")
        return self._value


def _lock(found: _Reader) -> Lock:
    version = found["version"].number()
    if version != VERSION:
        raise _WrongError(f"its format is {version}, this tool writes {VERSION}")
    return Lock(
        found["target"].text(),
        found["from"].text(),
        tuple(item.text() for item in found["roots"].items()),
        {name: _read_file(item) for name, item in found["files"].members().items()},
        {name: _read_proof(item) for name, item in found["proofs"].members().items()},
    )


def _read_file(found: _Reader) -> LockedFile:
    return LockedFile(
        found["ported"].flag(),
        found["before"].text(),
        found["after"].text(),
        found["tool"].text(),
        found["from"].text(),
        found["target"].text(),
        {rule: count.number() for rule, count in found["rules"].members().items()},
        {
            level: {key: count.number() for key, count in counts.members().items()}
            for level, counts in found["left"].members().items()
        },
        {key: reason.text() for key, reason in found["accepted"].members().items()},
    )


def _read_proof(found: _Reader) -> LockedProof:
    return LockedProof(
        found["verdict"].verdict(),
        found["best"].verdict(),
        found["programs"].number(),
        found["seed"].number(),
        found["accepted"].text(),
    )


def _file(item: LockedFile) -> dict[str, Any]:
    return {
        "ported": item.ported,
        "before": item.before,
        "after": item.after,
        "tool": item.tool,
        "from": item.source,
        "target": item.target,
        "rules": dict(item.rules),
        "left": {level: dict(counts) for level, counts in item.left.items() if counts},
        "accepted": dict(item.accepted),
    }


def _proof(item: LockedProof) -> dict[str, Any]:
    return {
        "verdict": item.verdict,
        "best": item.best,
        "programs": item.programs,
        "seed": item.seed,
        "accepted": item.accepted,
    }
