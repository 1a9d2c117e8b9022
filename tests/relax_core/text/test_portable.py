"""The portable text: what all releases read, and take for the same program."""

from collections.abc import Callable, Iterator

import pytest
import recorded_scripts

from oracle import Oracle, scripts
from relax_core.structural import structural_equal
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule

RELEASES = recorded_scripts.RELEASES


def portable() -> Iterator[tuple[str, IRModule, str]]:
    """The snippets that have a portable text, with it, as TVM 0.27 means them."""
    for name, text in scripts.snippets().items():
        try:
            module = read(text, release="0.27")
            yield name, module, print_module(module, "portable")
        except DiagnosticError:
            continue


TEXTS = list(portable())


def test_most_snippets_have_a_portable_text():
    assert len(TEXTS) >= 45


@pytest.mark.parametrize(("name", "module", "text"), TEXTS, ids=[name for name, *_ in TEXTS])
def test_every_release_means_the_same_by_it(name: str, module: IRModule, text: str):
    first = read(text, release="0.27")
    # Attributes that a call left to their defaults are said in their own way: axes counted from the front, say.
    same = structural_equal(first, module) or print_module(first) == print_module(module)
    assert same or name.startswith("operators:")
    for release in RELEASES:
        # Said for the newest release, the program that another one reads is the same.
        again = print_module(read(text, release=release), "portable", release)
        assert again == text


def test_a_text_stated_to_be_portable_is_read_as_any_other():
    text = TEXTS[0][2]
    assert structural_equal(read(text, release="portable"), read(text))


REFUSED = {
    "R.round(x)": "R2R0407",
    'R.nn.pad(x, pad_width=[1, 1, 1, 1], pad_value=1.0, pad_mode="constant")': "R2R0407",
    'R.astype(x, "float8_e4m3fn")': "R2R0407",
    'R.call_pure_packed("f", x, ty_args=(R.Tensor((2, 2), "float32"),))': "R2R0407",
    "R.nn.batch_norm(x, g, g, g, g, axis=1, training=False)": "R2R0407",
}


@pytest.mark.parametrize("call", REFUSED)
def test_what_releases_read_otherwise_is_refused(call: str):
    text = (
        '@R.function\ndef main(x: R.Tensor((2, 2), "float32"), g: R.Tensor((2,), "float32")):\n'
        f"    y = {call}\n    return y\n"
    )
    with pytest.raises(DiagnosticError) as caught:
        print_module(read(text, release="0.27"), "portable")
    assert caught.value.diagnostics[0].code.id == REFUSED[call]


def test_blocks_become_loops_or_are_refused():
    text = """
@T.prim_func
def f(A: T.Buffer((2,), "float32"), B: T.Buffer((2,), "float32")):
    for i in range(2):
        with T.block("b"):
            v = T.axis.spatial(2, i)
            B[v] = A[v]
"""
    assert "B[i] = A[i]" in print_module(read(text, release="0.19"), "portable")
    with pytest.raises(DiagnosticError, match=r"R2R0609.*warp"):
        print_module(read(text.replace("= A[v]", "= T.tvm_warp_shuffle(1, A[v], 0, 0, 0)"), release="0.19"), "portable")


@pytest.mark.oracle
@pytest.mark.parametrize("release", RELEASES)
def test_tvm_reads_it_and_prints_what_we_print_for_the_release(release: str, tvm: Callable[[str], Oracle]):
    differ: list[str] = []
    for name, module, text in TEXTS:
        found = tvm(release).relax_print(text, check=False).rstrip()
        if found != print_module(module, release, "0.27", recorded_scripts.EXACT).rstrip():
            differ.append(name)
    # Types of scalars and strings, R.Shape([]), and numbers that TVM does not bring to one type.
    assert len(differ) <= 9, differ
