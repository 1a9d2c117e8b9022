"""Writes the test of a ported file: pytest tries each of its passes against the original."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from migrate.verify.ported.files import Trial

_TEXT = '''"""{ported}: what each pass does to generated programs is what it did to them in {original}, on Relay.

Made by ``relay2relax prove``; it is yours from here on. Run it with

    python -m pytest {file}
"""

from pathlib import Path

import pytest

from migrate.passes.porting import Contract, example
from migrate.verify.ported import prove_files

HERE = Path(__file__).parent
ORIGINAL = HERE / {original_path}
PORTED = HERE / {ported_path}
PASSES = [{names}]
"""Each as the original calls it, and as the port does."""
EXAMPLES = [{examples}]
"""Files of Relay text beside this one, to draw programs around."""


@pytest.mark.parametrize(("name", "ported_name"), PASSES)
def test_port_does_what_the_original_does(name: str, ported_name: str) -> None:
    around = [example(path, (HERE / path).read_text("utf-8")) for path in EXAMPLES]
    found = prove_files(
        ORIGINAL,
        PORTED,
        name,
        ported_name=ported_name,
        target="{target}",
        programs={programs},
        seed={seed},
        examples=around,
        branches={branches},
        contract=Contract.{contract},
    )
    assert found.proof, found.proof.counterexample
    assert not found.proof.vacuous
    assert not found.proof.missed, found.proof.first_missed
'''


def file_of(trials: Sequence[Trial], file: Path, examples: Sequence[Path]) -> str:
    """The text of the test file ``file``, which finds the files that it is about from its own place."""
    first = trials[0]
    folder = file.resolve().parent

    def beside(path: Path) -> str:
        return json.dumps(Path(os.path.relpath(path.resolve(), folder)).as_posix())

    names = "".join(
        f"\n    ({json.dumps(one)}, {json.dumps(other)})," for one, other in (item.names for item in trials)
    )
    return _TEXT.format(
        original=first.original.name, ported=first.ported.name, file=file.name, original_path=beside(first.original),
        ported_path=beside(first.ported), names=f"{names}\n", examples=", ".join(map(beside, examples)),
        target=first.target, programs=first.programs, seed=first.seed, branches=first.branches,
        contract=first.contract.name,
    )  # fmt: skip
