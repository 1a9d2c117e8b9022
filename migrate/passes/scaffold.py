"""Writes the test of a vendor's ported pass: a file that registers the port, and proves it when pytest runs it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from migrate.verify.generate.skeletons.example import example
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.passes import Contract

_TEXT = '''"""{name}: the Relay pass and its port change nothing that is computed, and neither leaves its work undone.

Made by ``relay2relax passes scaffold``; it is yours from here on. Run it with

    python -m pytest {file}

and look further with

    relay2relax passes verify {module}:PORT --programs 10000
"""

from dataclasses import replace

import pytest
{imports}

from migrate.passes.porting import Contract, PortedPass, example, port, prove

EXAMPLES = ({examples}
)
"""Programs that the pass changes, one for each of its rules at least."""

PORT = port("{name}", {relay}(), {relax}, EXAMPLES, contract=Contract.{contract})
"""Without ``promise=`` both versions must leave nothing for a second run of their own."""

PROGRAMS = 100


def test_both_versions_keep_what_is_computed() -> None:
    proof = prove(PORT, PROGRAMS)
    assert proof, proof.counterexample
    assert not proof.vacuous
    assert proof.changed >= 0.6 * PROGRAMS


@pytest.mark.parametrize("example_", EXAMPLES, ids=lambda item: item.name)
def test_every_example_is_changed(example_) -> None:
    proof = prove(replace(PORT, skeletons=(example_,)), 10)
    assert proof.changed == 10


@pytest.mark.parametrize("side", ["relay", "relax"])
def test_doing_nothing_is_found_out(side: str) -> None:
    wrong: PortedPass = replace(PORT, **{{side: lambda module: module}})
    assert not prove(wrong, PROGRAMS, reduced=False)
'''


def scaffold(
    name: str, relay: str, relax: str | None, examples: Sequence[Path], contract: Contract, file: str
) -> str:  # fmt: skip
    """The text of the test file ``file``. ``relay`` and ``relax`` are ``package.module:NAME`` of what makes the passes;
    without ``relax`` the Relay pass is bridged. Each example is a file of Relay text with one function ``main``,
    which is read here, so that what cannot be one is refused now. R2R0703 for a name that is
    not written so, or without examples.
    """
    if not examples:
        raise fail(codes.BAD_OPTION, "a port is proven on programs that it changes", hint="give an --example")
    texts = [(path.stem, path.read_text("utf-8").strip()) for path in examples]
    for stem, text in texts:
        example(stem, text)
    shown = "".join(map(_shown, texts))
    given = [("Relay", relay), *([("Relax", relax)] if relax else [])]
    imports = [f"from {module} import {attribute} as {ir}{attribute}" for ir, (module, attribute) in _split(given)]
    made = {ir: f"{ir}{attribute}" for ir, (_, attribute) in _split(given)}
    return _TEXT.format(
        name=name, file=file, module=Path(file).stem, imports="\n".join(sorted(imports)), examples=shown,
        relay=made["Relay"], relax=f"{made['Relax']}()" if relax else "None", contract=contract.name,
    )  # fmt: skip


def _shown(given: tuple[str, str]) -> str:
    stem, text = given
    return f'\n    example(\n        {json.dumps(stem)},\n        """{_quoted(text)}""",\n    ),'


def _split(given: Sequence[tuple[str, str]]) -> list[tuple[str, tuple[str, str]]]:
    found: list[tuple[str, tuple[str, str]]] = []
    for ir, path in given:
        module, _, attribute = path.partition(":")
        parts = [*module.split("."), attribute]
        if not all(part.isidentifier() for part in parts):
            raise fail(codes.BAD_OPTION, f"{path!r} names nothing", hint="write package.module:NAME")
        found.append((ir, (module, attribute)))
    return found


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
