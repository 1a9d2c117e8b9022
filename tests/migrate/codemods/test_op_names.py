"""Names of operators and of their attributes, from Relay to a release of Relax."""

import pytest

from migrate.codemods.api import api
from migrate.codemods.op_names import AttributeName, OpName, any_attribute_name, attribute_name, is_relay_op, op_name
from migrate.codemods.target import RELEASES, Target
from tensor_core.ops.registry import registry

NEWEST = Target()


@pytest.mark.parametrize(
    ("relay", "relax"),
    [
        ("nn.conv2d", "relax.nn.conv2d"),
        ("nn.leaky_relu", "relax.nn.leakyrelu"),
        ("transpose", "relax.permute_dims"),
        ("cast", "relax.astype"),
        ("concatenate", "relax.concat"),
        ("reverse", "relax.flip"),
    ],
)
def test_same_operator_under_another_name(relay: str, relax: str) -> None:
    assert op_name(relay, NEWEST) == OpName(relax)


def test_operator_of_several_says_what_stands_around_it() -> None:
    dense = op_name("nn.dense", NEWEST)
    assert dense is not None
    assert dense.name == "relax.matmul"
    assert "permute_dims" in dense.note


def test_operator_without_counterpart_and_unknown_one() -> None:
    lrn = op_name("nn.lrn", NEWEST)
    assert lrn is not None
    assert not lrn.name
    assert "0.27" in lrn.note
    assert op_name("vendor.op", NEWEST) is None
    assert not is_relay_op("vendor.op")


def test_operator_that_a_release_lacks() -> None:
    found = op_name("stack", Target("0.21")), op_name("isnan", Target("0.21"))
    assert all(item is not None for item in found)
    missing = op_name("vision.roi_align", Target("0.21"))
    assert missing is not None
    assert not missing.name


@pytest.mark.parametrize("release", RELEASES)
def test_every_operator_of_relay_has_a_name_or_a_reason(release: str) -> None:
    for name in registry().by_relay:
        found = op_name(name, Target(release))
        assert found is not None
        assert found.name or found.note


def test_attributes_stay_are_renamed_become_arguments_or_go() -> None:
    assert attribute_name("nn.conv2d", "strides", NEWEST) == AttributeName("strides")
    assert attribute_name("tile", "reps", NEWEST) == AttributeName("repeats")
    clip = attribute_name("clip", "a_max", NEWEST)
    assert clip is not None
    assert clip.operand == 2
    channels = attribute_name("nn.conv2d", "channels", NEWEST)
    assert channels is not None
    assert not channels.name
    assert "weight" in channels.note
    assert attribute_name("nn.conv2d", "nothing", NEWEST) is None
    assert attribute_name("vendor.op", "strides", NEWEST) is None


def test_attributes_of_an_unknown_operator() -> None:
    assert any_attribute_name("strides", NEWEST) == AttributeName("strides")
    assert any_attribute_name("reps", NEWEST) == AttributeName("repeats")
    newshape = any_attribute_name("newshape", NEWEST)
    assert newshape is not None
    assert not newshape.name
    assert any_attribute_name("no_attribute_of_any", NEWEST) is None


def test_attribute_that_became_an_argument_is_one_of_the_function() -> None:
    clip = attribute_name("clip", "a_max", NEWEST)
    assert clip is not None
    assert clip.operand is not None
    assert api("0.27").parameters["tvm.relax.op.clip"][clip.operand] == "max"
