"""Passes of the fork."""

import tvm
from tvm import relay
from tvm.relay.dataflow_pattern import DFPatternCallback, is_op, rewrite, wildcard


class OneRelu(DFPatternCallback):
    """relu(relu(x)) is relu(x)."""

    def __init__(self):
        super().__init__()
        self.x = wildcard()
        self.pattern = is_op("nn.relu")(is_op("nn.relu")(self.x))

    def callback(self, pre, post, node_map):
        return relay.nn.relu(node_map[self.x][0])


class BatchedDense(DFPatternCallback):
    """A dense layer whose operands are turned around is a matrix product."""

    def __init__(self):
        super().__init__()
        self.x = wildcard()
        self.w = wildcard()
        self.pattern = is_op("nn.dense")(self.x, is_op("transpose")(self.w))

    def callback(self, pre, post, node_map):
        return relay.nn.matmul(node_map[self.x][0], node_map[self.w][0])


@tvm.transform.module_pass(opt_level=1)
class AcmePasses:
    """What the fork does before it partitions."""

    def transform_module(self, mod, ctx):
        mod["main"] = rewrite([OneRelu(), BatchedDense()], mod["main"])
        return relay.transform.InferType()(mod)
