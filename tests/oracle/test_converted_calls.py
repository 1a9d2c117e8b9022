"""Real TVM builds and computes drawn calls of Relay's operators as they are converted, one for each outcome."""

from collections.abc import Callable

import live_calls
import pytest

from oracle import Oracle

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize("target", live_calls.TARGETS)
def test_converted_calls_run_in_tvm(target: str, tvm: Callable[[str], Oracle]) -> None:
    known, wrong = live_calls.exceptions(), dict[live_calls.Key, str]()
    for made in live_calls.samples(target):
        fault = live_calls.fault(made, tvm(target))
        if fault:
            wrong[live_calls.key(target, made)] = fault
    assert {key: fault for key, fault in wrong.items() if key not in known} == {}
    assert {key for key in known if key[0] == target} <= set(wrong), "listed, but right"
