"""Wrong spellings made by machine: what TVM recorded notices nearly all of them.

The whole count is printed by tests/corpus/count_mutants.py.
"""

from dataclasses import replace
from zlib import crc32

import mutant_judge
import spelling_mutants
from mutant_judge import judge, killed, reason
from spelling_mutants import Mutant, Subject

MUTANTS = tuple(spelling_mutants.mutants())
SLICE = [mutant for mutant in MUTANTS if crc32(str(mutant).encode()) % 8 == 0]
"""Chosen by name, so that a change of one card does not change the choice among the others."""


def test_there_are_thousands_and_the_slice_is_of_all_sources() -> None:
    assert len(MUTANTS) > 5000
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS)
    assert len(SLICE) > 1000
    assert {(mutant.side, mutant.release) for mutant in SLICE} == {
        ("relay", "0.19"),
        ("relax", "0.19"),
        ("relax", "0.27"),
    }


def test_the_evidence_notices_at_least_95_percent_of_the_slice() -> None:
    verdicts = judge(SLICE)
    survivors = "\n".join(f"{mutant} ({reason(mutant)})" for mutant in verdicts.survivors)
    assert verdicts.rate >= 0.95, f"{verdicts.rate:.1%} killed; survivors:\n{survivors}"


def unchanged(subject: Subject) -> Mutant:
    """A spelling that reads and writes through functions of its own as it did."""
    read, write = spelling_mutants.hooks(subject.spelling)
    return subject.mutant("none", "", replace(subject.spelling, read=read, write=write))


def test_nothing_speaks_against_the_spellings_themselves() -> None:
    for subject in spelling_mutants.subjects():
        assert killed(unchanged(subject)) is None, subject.op


def test_a_spelling_that_means_the_same_is_no_mutant() -> None:
    subject = next(item for item in spelling_mutants.subjects() if item.op == "nn.conv2d")
    assert mutant_judge.equivalent(unchanged(subject)) is not None


def test_operands_of_commutative_operators_may_change_places() -> None:
    swapped = [item for item in MUTANTS if item.kind == "operands swapped" and item.op in ("add", "subtract")]
    assert {(item.op, bool(killed(item)), bool(mutant_judge.equivalent(item))) for item in swapped} == {
        ("add", False, True), ("subtract", True, False),
    }  # fmt: skip
