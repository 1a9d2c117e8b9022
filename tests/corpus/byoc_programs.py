"""Random programs for outside compilers, and what AnnotateTarget, MergeCompilerRegions and PartitionGraph make of them.

Written for the names that tvm.relay and relay_compat share. Compiler A takes relu, add and concatenate, B takes tanh,
add and multiply; C takes nothing.
"""

import random
from importlib import import_module
from typing import Any

SHAPE = (2, 2)
UNARY, BINARY = ("nn.relu", "tanh", "exp"), ("add", "multiply", "subtract")
TAKEN = {"A": ("nn.relu", "add", "concatenate"), "B": ("tanh", "add", "multiply")}


class Cases:
    """The cases in terms of one implementation: the name of its Relay package and of its module class."""

    def __init__(self, package: str, module: Any) -> None:
        self.relay = import_module(package)
        self.passes = import_module(f"{package}.transform")
        self.ops = import_module(f"{package}.op")
        self.find = import_module(f"{package}.op.op").get
        self.module = module

    def outcome(self, seed: int) -> list[str]:
        """The texts after each of the three passes."""
        r = random.Random(seed)
        params, body = self.program(r, r.randint(3, 16))
        if r.random() < 0.2:
            body = self.relay.Tuple([body, self.ops.exp(params[0])])
        mod = self.passes.InferType()(self.module.from_expr(self.relay.Function(params, body)))
        targets = r.choice([["A"], ["B"], ["A", "B"], ["B", "A"]])
        chain = [self.passes.AnnotateTarget(targets, r.random() < 0.7)]
        if r.random() < 0.8:
            chain.append(self.passes.MergeCompilerRegions())
        chain.append(self.passes.PartitionGraph(bind_constants=False))
        texts = []
        taken = [(self.find(name), f"target.{target}") for target, names in TAKEN.items() for name in names]
        for operator, key in taken:
            operator.set_attr(key, lambda _: True)
        try:
            for item in chain:
                mod = item(mod)
                texts.append(mod.astext())
        finally:
            for operator, key in taken:
                operator.reset_attr(key)
        return texts

    def op(self, name: str) -> Any:
        found = self.ops
        for part in name.split("."):
            found = getattr(found, part)
        return found

    def program(self, r: random.Random, size: int) -> tuple[list[Any], Any]:
        relay = self.relay
        params = [relay.var(f"v{i}", shape=SHAPE) for i in range(3)]
        pool: list[Any] = list(params)

        def pick() -> Any:
            return pool[-1] if r.random() < 0.5 else r.choice(pool)

        for _ in range(size):
            kind = r.random()
            if kind < 0.38:
                made = self.op(r.choice(UNARY))(pick())
            elif kind < 0.72:
                made = self.op(r.choice(BINARY))(pick(), pick())
            elif kind < 0.8:
                fields = [pick() for _ in range(r.randint(1, 3))]
                made = relay.TupleGetItem(relay.Tuple(fields), r.randrange(len(fields)))
            elif kind < 0.84:
                joined = self.ops.concatenate([pick(), pick()], axis=0)
                made = self.ops.split(joined, 2, axis=0)[r.randrange(2)]
            elif kind < 0.9:
                a, b = (relay.var(name, shape=SHAPE) for name in "ab")
                inner = relay.Function([a, b], self.op(r.choice(BINARY))(self.op(r.choice(UNARY))(a), b))
                made = relay.Call(inner.with_attr("Composite", r.choice(["A.p", "B.q", "C.r"])), [pick(), pick()])
            elif kind < 0.95:
                bound = relay.var("l", shape=SHAPE)
                made = relay.Let(bound, pick(), self.op(r.choice(BINARY))(bound, pick()))
            else:
                made = relay.If(relay.const(True), pick(), pick())
            pool.append(made)
        return params, pool[-1]
