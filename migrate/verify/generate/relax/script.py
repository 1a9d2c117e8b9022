"""The script of a Relax program under construction: its parameters, lines, and what can be used where it stands."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from migrate.verify.generate.choices import Choices
from tensor_core.global_functions import register_func

Shape = tuple[int | str, ...]

PACKED = "relay2relax.generated.negated"
"""A packed function that writes the negative of its first argument into its last one."""
_HEAD = """from tvm.script import ir as I
from tvm.script import tir as T
from tvm.script import relax as R

@I.ir_module
class Module:
    @T.prim_func
    def twice(a: T.handle, b: T.handle):
        n = T.int64()
        k = T.int64()
        A = T.match_buffer(a, (n, k), "float32")
        B = T.match_buffer(b, (n, k), "float32")
        for i, j in T.grid(n, k):
            with T.block("twice"):
                v_i, v_j = T.axis.remap("SS", [i, j])
                B[v_i, v_j] = A[v_i, v_j] + A[v_i, v_j]

"""
_SHAPES: tuple[Shape, ...] = ((2, 3), ("n", 2), ("n", "m"), (3, "n"))


def _negated(source: Any, target: Any) -> None:
    target.copyfrom(-source.numpy())


register_func(PACKED, _negated, override=True)


class Script:
    """``values`` of two dimensions and ``references`` to such, by name: what can be used next. ``sizes``: the symbolic
    ones of parameters; ``bindings`` counts those of values.
    """

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.choose = choices.choose
        shapes: list[Shape] = [choices.choose(_SHAPES) for _ in range(choices.choose((2, 1, 3)))]
        self.params = [(f"p{n}", shape) for n, shape in enumerate(shapes)]
        self.sizes = tuple(dict.fromkeys(dim for shape in shapes for dim in shape if isinstance(dim, str)))
        self.values: dict[str, Shape] = dict(self.params)
        self.references: dict[str, Shape] = {}
        self.bindings = 0
        self._symbols = list(self.sizes)
        self._lines: list[str] = []
        self._depth = 2
        self._names = 0

    # ------------------------------------------------------------ lines

    def say(self, line: str) -> None:
        """One more line."""
        self._lines.append("    " * self._depth + line)

    @contextmanager
    def under(self, head: str) -> Generator[dict[str, Shape]]:
        """Within the block lines stand under this one; what is made there is forgotten at its end, and told."""
        self.say(head)
        before, made = dict(self.values), dict[str, Shape]()
        self._depth += 1
        yield made
        self._depth -= 1
        made.update({name: shape for name, shape in self.values.items() if name not in before})
        self.values = before

    def bind(self, value: str, shape: Shape, name: str = "") -> str:
        """A new variable, by a name that nothing has yet unless one is given."""
        name = name or self.name("v")
        self.say(f"{name} = {value}")
        self.values[name] = shape
        self.bindings += 1
        return name

    def name(self, start: str) -> str:
        """A name that nothing has yet."""
        self._names += 1
        return f"{start}{self._names}"

    def symbol(self) -> str:
        """A new symbolic size."""
        self._symbols.append(self.name("k"))
        return self._symbols[-1]

    # ------------------------------------------------------------ choices

    def value(self) -> str:
        """Something that is visible."""
        return self.choose(list(self.values))

    def alike(self, shape: Shape) -> str:
        """Something visible of a shape."""
        return self.choose([name for name, other in self.values.items() if other == shape])

    def text(self, result: str) -> str:
        """The whole module, whose ``main`` gives this."""
        params = [f"{name}: {tensor(shape, quoted=True)}" for name, shape in self.params]
        head = f'    @R.function(pure=False)\n    def main({", ".join(params)}, c: R.Tensor((), dtype="bool")):'
        symbols = [f"        {name} = T.int64()" for name in self._symbols]
        return "\n".join([_HEAD + head, *symbols, "        cls = Module", *self._lines, f"        return {result}", ""])


def tensor(shape: Shape, *, quoted: bool = False) -> str:
    """The type of a value."""
    dims = [f'"{dim}"' if quoted and isinstance(dim, str) else str(dim) for dim in shape]
    return f'R.Tensor(({", ".join(dims)}), dtype="float32")'
