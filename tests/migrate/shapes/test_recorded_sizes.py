"""Recorded modules of real TVM that leave sizes open: converted, run on the recorded arguments, the answers TVM's."""

from collections.abc import Callable

import numpy as np
import pytest
import recorded

import migrate
from migrate.forward.dynamic.solve import has_open_sizes
from migrate.reading import is_relax
from relax_core.well_formed import check
from relay_compat.visit import reachable
from tensor_core.module import IRModule

EVERY = 4
PARTLY_UNDEFINED = ("unique",)


def open_modules(corpus: recorded.Corpus) -> list[tuple[str, IRModule]]:
    """The modules with an open dimension."""
    found = []
    for row in corpus.rows:
        text = corpus.text(row["name"], "module.json")
        if '"tir.Any"' not in text:
            continue
        module = migrate.load(text)
        if has_open_sizes(reachable(*module.functions.values())):
            found.append((row["name"], module))
    return found


def test_evaluated_modules_convert_and_run(corpus: Callable[[str], recorded.Corpus]):
    cases = corpus("evaluated")
    modules = open_modules(cases)
    assert len(modules) > 100
    for name, module in modules[::EVERY]:
        result = migrate.convert(module)
        assert result.report.complete, name
        assert is_relax(result.module)
        assert check(result.module) == [], name
        if any(item.op in PARTLY_UNDEFINED for item in result.report.conversions):
            continue
        arrays = cases.arrays(name)
        args = [value for key, value in arrays.items() if key.startswith("arg_")]
        answers = [value for key, value in arrays.items() if key.startswith("out_")]
        for got, want in zip(migrate.run(result.module, args), answers, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5, err_msg=name)


pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
