"""What real TVM releases print for the script snippets of tests/corpus/relax_scripts, and how two releases differ.

    python -m oracle.scripts 0.27                records what a release prints, or that it refuses, in printed.json
    python -m oracle.scripts --diff 0.26 0.27    shows what changed: texts, refusals, names and signatures of R.*

A new release is added by recording it, reading the differences from its nearest neighbour, and writing its profile:
docs/howto/new_release.md.
"""

import difflib
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from oracle import environments
from oracle.session import Oracle, OracleCrashed, OracleError

FOLDER = environments.ROOT / "tests" / "corpus" / "relax_scripts"
PRINTED = FOLDER / "printed.json"

Texts = dict[str, str | None]


def snippets(folder: Path = FOLDER) -> dict[str, str]:
    """The snippets by name (file, then title); a title is a line that starts with ``#### ``."""
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.txt")):
        for part in file.read_text().split("#### ")[1:]:
            title, _, text = part.partition("\n")
            found[f"{file.stem}: {title}"] = text
    return found


def printed(release: str) -> Texts:
    """What a release prints for each snippet; None where it refuses to read it."""
    result: Texts = {}
    with Oracle(release) as tvm:
        for name, text in snippets().items():
            try:
                result[name] = tvm.relax_print(text).rstrip()
            except (OracleError, OracleCrashed):
                result[name] = None
    return result


def load(path: Path = PRINTED) -> dict[str, Texts]:
    """The recorded texts by release. A text is stored once: a later release that prints the same names the earlier."""
    stored: dict[str, dict[str, str | None]] = json.loads(path.read_text()) if path.exists() else {}
    result: dict[str, Texts] = {}
    for name, by_release in stored.items():
        for release, text in by_release.items():
            known = text is not None and text.startswith("=")
            result.setdefault(release, {})[name] = result[text[1:]][name] if known and text else text
    return result


def save(texts: Mapping[str, Texts], path: Path = PRINTED) -> None:
    """Write recorded texts, oldest release first."""
    stored: dict[str, dict[str, str | None]] = {}
    for name in snippets():
        seen: dict[str, str] = {}
        entry = stored[name] = {}
        for release in sorted(texts, key=_number):
            text = texts[release].get(name)
            if text is not None and text in seen:
                entry[release] = f"={seen[text]}"
                continue
            entry[release] = text
            if text is not None:
                seen[text] = release
    path.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n")


def _number(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


def difference(old: str, new: str) -> Iterator[str]:
    """What a release reads and prints in another way than an older one, line by line; equal changes are told once."""
    before, after = printed(old), printed(new)
    told: dict[tuple[str, ...], str] = {}
    for name in before:
        a, b = before[name], after[name]
        if (a is None) != (b is None):
            yield f"{name}: {new} {'refuses' if b is None else 'reads'} it"
        elif a is not None and b is not None and a != b:
            lines = list(difflib.unified_diff(a.splitlines(), b.splitlines(), lineterm="", n=0))[2:]
            change = tuple([re.sub(r"\s+", " ", line) for line in lines if line[:2] != "@@"])
            if change in told:
                continue
            told[change] = name
            yield f"{name}:"
            yield from (f"    {line}" for line in change)
    yield from _names(old, new)


def _names(old: str, new: str) -> Iterator[str]:
    with Oracle(old) as tvm:
        before = tvm.relax_names()
    with Oracle(new) as tvm:
        after = tvm.relax_names()
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield f"R.{name} is gone"
        elif name not in before:
            yield f"R.{name}{after[name]} is new"
        elif before[name] != after[name]:
            yield f"R.{name}{before[name]}"
            yield f"    -> {after[name]}"


def main(arguments: Sequence[str]) -> int:
    """Records the named releases, or shows a difference. Gives the process's exit code."""
    if arguments[:1] == ["--diff"] and len(arguments) == 3:
        for line in difference(arguments[1], arguments[2]):
            print(line)
        return 0
    if not arguments or any(item not in environments.RELEASES for item in arguments):
        print(__doc__, file=sys.stderr)
        return 2
    texts = load()
    for release in arguments:
        texts[release] = printed(release)
        read = sum(text is not None for text in texts[release].values())
        print(f"TVM {release} reads {read} of {len(texts[release])} snippets", flush=True)
        save(texts)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
