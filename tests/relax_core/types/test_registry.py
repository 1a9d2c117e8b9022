"""Every operator of TVM 0.19's and 0.27's registries is here, by a card or as a built-in, with its arguments."""

import pytest
from recorded_builtins import CORPUS

from relax_core.builtins.table import builtin
from tensor_core.ops.registry import registry

OTHERWISE = {"relax.call_builtin_with_ctx": 2, "relax.strided_slice": 5}
"""Registered with 4 and 1 inputs; these are what their functions pass."""
RELEASES = ("0.19", "0.27")


def recorded(release: str) -> dict[str, tuple[int, str, bool]]:
    lines = (CORPUS / "builtins" / f"ops-{release}.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines]
    return {name: (int(inputs), names, pure == "True") for name, inputs, names, pure in rows}


@pytest.mark.parametrize("release", RELEASES)
def test_every_operator_is_here_with_its_arguments_and_purity(release: str) -> None:
    stated = recorded(release)
    assert len(stated) == {"0.19": 199, "0.27": 230}[release]
    for name, (inputs, names, pure) in stated.items():
        spelled = registry().relax_spelling(name, release)
        if spelled is not None:
            card, spelling = spelled
            number, own_purity = len(spelling.operands), card.is_pure
        else:
            known = builtin(name, release)
            assert known is not None, name
            arguments = known.arguments_in(release)
            number, own_purity = -1 if known.variadic else len(arguments), known.pure
            if not known.variadic and name not in OTHERWISE:
                # vm.alloc_storage is registered in another order than its function passes its arguments.
                assert sorted(item.name for item in arguments) == sorted(names.split(",") if names else ()), name
        assert number == OTHERWISE.get(name, inputs), name
        assert own_purity is pure, name


def test_what_a_release_does_not_have_is_not_there() -> None:
    newer = recorded("0.27").keys() - recorded("0.19").keys()
    assert len(newer) == 31
    assert not [name for name in newer if registry().relax_spelling(name, "0.19") or builtin(name, "0.19")]
