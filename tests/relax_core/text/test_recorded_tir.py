"""Tensor programs as five releases of TVM print them (tests/corpus/tir.json), read and printed back alike."""

import json
from pathlib import Path

import pytest

from relax_core.structural import structural_equal
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from tensor_core.loops.structure import structural_key
from tensor_core.tir.function import PrimFunc
from tensor_core.tir.to_loops import to_loops

ROWS = json.loads((Path(__file__).parents[2] / "corpus" / "tir.json").read_text())
CASES = [(row["name"], release, row["text"]) for row in ROWS for release in row["releases"]]
RELEASES = ("0.19", "0.21", "0.25", "0.26", "0.27")


def bare(text: str) -> list[str]:
    """The lines without the class around them and what stands above it."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("# from", "@I.", "class "))]
    depth = 0 if any(line.startswith("@T.") for line in lines) else 4
    return [line if line[:depth].strip() else line[depth:] for line in lines]


@pytest.mark.parametrize("release", RELEASES)
def test_prints_come_back(release: str):
    texts = {name: text for name, found, text in CASES if found == release}
    assert len(texts) >= 38
    for name, text in texts.items():
        assert bare(print_module(read(text, release=release), release)) == bare(text), name


def test_a_program_is_the_same_whoever_printed_it():
    """What 0.19 and 0.21 print of one program, and 0.26 and 0.27, reads as equal programs."""
    found = {(name, release): read(text, release=release) for name, release, text in CASES}
    for name, release in found:
        for first, second in (("0.19", "0.21"), ("0.26", "0.27")):
            if release == first and name.startswith(("legal", "fused", "scheduled")):
                assert structural_equal(found[name, first], found[name, second]), name


@pytest.mark.parametrize("target", RELEASES)
def test_programs_of_the_oldest_release_are_said_in_every_other(target: str):
    """Printed for another release, a program reads there as one that computes the same."""
    for name, release, text in CASES:
        if release != "0.19" or not name.startswith(("legal", "fused", "scheduled")):
            continue
        module = read(text, release="0.19")
        again = read(print_module(module, target), release=target)
        for var, function in module.functions.items():
            other = again[var.name]
            assert isinstance(function, PrimFunc)
            assert isinstance(other, PrimFunc)
            assert bare(print_module(again, target)) == bare(print_module(module, target)), name
            if name != "legal/round":
                # Where T.round takes halves to even, the old meaning is spelled out.
                assert structural_key(to_loops(function)) == structural_key(to_loops(other)), name


def test_the_portable_text_has_plain_loops():
    for name, release, text in CASES:
        if release == "0.27" and name.startswith(("fused", "legal")) and name not in ("legal/round", "legal/topk"):
            module = read(text, release="0.27")
            found = print_module(module, "portable")
            assert "block(" not in found
            assert "s_tir" not in found
            for target in ("0.19", "0.27"):
                assert print_module(read(found, release=target), "portable") == found, name
