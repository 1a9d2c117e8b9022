"""Programs with open dimensions on the way there and back: what comes back computes the same at every size."""

import numpy as np
import pytest
from dynamic_cases import CASES, HEADER

import migrate

REFUSED = {
    "rows that are empty": "tensor program sparse_fill_empty_rows",
    "rows of open width that are empty": "tensor program sparse_fill_empty_rows",
    "rows beside an open batch": "tensor program sparse_fill_empty_rows",
    "size of an image as an argument, rounded": "tensor program image_resize2d",
}
"""What is not said in Relay again: programs that hold no operator's mark, since an operator is more than they are."""


@pytest.mark.parametrize("name", CASES)
def test_comes_back(name: str):
    text, cases = CASES[name]
    module = migrate.load(HEADER + text)
    back = migrate.revert(migrate.convert(module).module)
    if name in REFUSED:
        assert REFUSED[name] in back.report.diagnostics[0].message
        return
    assert back.report.complete, back.report.diagnostics
    for args in cases:
        want = migrate.run(module, args, executor="interpreter")
        for a, b in zip(migrate.run(back.module, args, executor="interpreter"), want, strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
