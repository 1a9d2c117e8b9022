"""The networks of relay.testing: text and weights are those of real TVM 0.19."""

from pathlib import Path

import pytest

import relay_compat
import tests.corpus.workloads as recorded
from relay_compat.testing import dcgan, resnet, squeezenet, vgg

ROWS = [line.split("\t") for line in Path(recorded.__file__).with_suffix(".tsv").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("call", "calls", "text", "weights"), ROWS, ids=[row[0] for row in ROWS])
def test_workload(call: str, calls: str, text: str, weights: str) -> None:
    found = recorded.described(relay_compat, call)
    assert found[0] == calls
    assert found[1] == text
    assert found[2] == weights


def test_settings_that_nobody_tried() -> None:
    with pytest.raises(ValueError, match="no experiments done on num_layers 17"):
        resnet.get_net(1, 10, 17)
    with pytest.raises(ValueError, match="Invalid num_layers 12"):
        vgg.get_net(1, (3, 224, 224), 10, "float32", 12)
    with pytest.raises(ValueError, match=r"Unsupported SqueezeNet version 2\.0"):
        squeezenet.get_net(1, (3, 224, 224), 10, "2.0", "float32")
    with pytest.raises(ValueError, match="Only support 64x64"):
        dcgan.get_net(1, oshape=(3, 32, 32))
