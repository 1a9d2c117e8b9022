"""What the accelerator takes: the pattern table, and the partitioning by it."""

import tvm
from tvm import relay
from tvm.relay.dataflow_pattern import is_constant, is_op, wildcard
from tvm.relay.op.contrib.register import register_pattern_table


def dense_bias_relu():
    dense = is_op("nn.dense")(wildcard(), is_constant())
    return is_op("nn.relu")(is_op("nn.bias_add")(dense, is_constant()))


def check(call):
    return call.checked_type.dtype == "float32"


@register_pattern_table("acme")
def pattern_table():
    return [("acme.dense_bias_relu", dense_bias_relu(), check)]


def partition_for_acme(mod, params=None):
    if params:
        mod["main"] = relay.build_module.bind_params_by_name(mod["main"], params)
    steps = [
        relay.transform.InferType(),
        relay.transform.MergeComposite(pattern_table()),
        relay.transform.AnnotateTarget("acme"),
        relay.transform.MergeCompilerRegions(),
        relay.transform.PartitionGraph(),
    ]
    return tvm.transform.Sequential(steps)(mod)
