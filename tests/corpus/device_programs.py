"""Random programs whose values are marked with devices, and what PlanDevices makes of them.

Written for the names that tvm.relay and relay_compat share.
"""

import random
import re
from importlib import import_module
from typing import Any

SHAPE = (2, 2)


class Cases:
    """The cases in terms of one implementation.

    ``package``: the name of its Relay package; ``module``: its module class; ``config``: its configuration for a CPU
    and a GPU, given the kind of device that is the default; ``device``: its device of a kind.
    """

    def __init__(self, package: str, module: Any, config: Any, device: Any) -> None:
        self.relay = import_module(package)
        self.passes = import_module(f"{package}.transform")
        self.module, self.config, self.device = module, config, device

    def outcome(self, seed: int) -> list[str]:
        """The text after the pass and after it ran once more, without the section of metadata."""
        r = random.Random(seed)
        self.marked = r.choice([0.1, 0.25])
        plan = self.passes.PlanDevices(self.config(r.choice([1, 2])))
        params = [self.relay.var(f"v{i}", shape=SHAPE) for i in range(3)]
        mod = self.module.from_expr(self.relay.Function(params, self.body(r, params, r.randint(3, 12))))
        infer = self.passes.InferType()
        mod = infer(plan(infer(mod)))
        return [_bare(mod), _bare(infer(plan(mod)))]

    def body(self, r: random.Random, params: list[Any], size: int) -> Any:
        relay = self.relay
        pool: list[Any] = list(params)
        bound: list[tuple[Any, Any]] = []
        for n in range(size):
            kind = r.random()
            if kind < 0.3:
                made = r.choice([relay.exp, relay.tanh])(self.pick(r, pool))
            elif kind < 0.6:
                made = r.choice([relay.add, relay.multiply])(self.pick(r, pool), self.pick(r, pool))
            elif kind < 0.7:
                fields = [self.pick(r, pool) for _ in range(2)]
                made = relay.TupleGetItem(self.mark(r, relay.Tuple(fields)), r.randrange(2))
            elif kind < 0.85:
                made = relay.var(f"x{n}", shape=SHAPE)
                bound.append((made, self.pick(r, pool)))
            elif kind < 0.93:
                a = relay.var("a", shape=SHAPE)
                function = relay.Function([a], self.mark(r, relay.exp(self.mark(r, a))))
                made = relay.Call(function, [self.pick(r, pool)])
            else:
                made = self.copied(r, self.pick(r, pool))
            pool.append(made)
        result = self.mark(r, pool[-1])
        for var, value in reversed(bound):
            result = relay.Let(var, value, result)
        return result

    def pick(self, r: random.Random, pool: list[Any]) -> Any:
        return self.mark(r, pool[-1] if r.random() < 0.5 else r.choice(pool))

    def mark(self, r: random.Random, value: Any) -> Any:
        if r.random() >= self.marked:
            return value
        flags = r.choice([(False, True), (False, True), (True, True), (False, False)])
        return self.relay.annotation.on_device(value, self.device(r.choice([1, 2])), *flags)

    def copied(self, r: random.Random, value: Any) -> Any:
        source, target = r.choice([(1, 2), (2, 1), (1, 1)])
        return self.relay.device_copy(value, self.device(source), self.device(target))


def _bare(mod: Any) -> str:
    return re.split(r"\n\n#\[metadata\]", mod.astext())[0]
