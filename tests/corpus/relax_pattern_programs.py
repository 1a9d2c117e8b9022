"""Random Relax programs with patterns made from their parts, and what matching, rewriting and passes make of them.

Written for the names that tvm.relax and relax_core share, so that real TVM and the product run the same cases. Programs
are scripts; results are compared as scripts in which variables are numbered.
"""

import hashlib
import random
import re
from collections.abc import Callable
from typing import Any

UNARY = ("nn.relu", "exp", "tanh")
BINARY = ("add", "multiply", "subtract", "divide")
TENSOR = 'R.Tensor((4, 4), dtype="float32")'
PASSES = ("CanonicalizeBindings", "EliminateCommonSubexpr", "DeadCodeElimination", "ConvertToDataflow", "ToNonDataflow")

Value = tuple[Any, ...]


class Program:
    """A script and its parts: the value of each variable as a nested tuple that starts with its kind."""

    def __init__(self, r: random.Random) -> None:
        self.r = r
        self.values: dict[str, Value] = {}
        self.lines: list[str] = []
        self.count = 0
        tensors = ["p0", "p1"]
        blocks = r.randint(1, 3)
        for _ in range(blocks):
            tensors = self.block(tensors, r.random() < 0.75, r.randint(1, 8))
        result = r.choice(tensors[-3:])
        if r.random() < 0.2:
            result = f"({result}, {r.choice(tensors)})"
        self.script = "\n".join(
            [
                "@I.ir_module",
                "class Module:",
                "    @R.function",
                f'    def main(p0: {TENSOR}, p1: {TENSOR}, q: R.Tensor((), "bool")):',
                *(f"        {line}" for line in self.lines),
                f"        return {result}",
            ]
        )

    def block(self, tensors: list[str], dataflow: bool, size: int) -> list[str]:
        """A block of bindings over the known tensors; the tensors known after it."""
        if not dataflow:
            known = list(tensors)
            for _ in range(size):
                self.branch(known) if self.r.random() < 0.12 else self.statement(known, "")
            return known
        self.lines.append("with R.dataflow():")
        known = list(tensors)
        for _ in range(size):
            self.statement(known, "    ")
        new = [name for name in known if name not in tensors]
        outputs = [name for name in new if self.r.random() < 0.3] or new[-1:]
        self.lines.append(f"    R.output({', '.join(outputs)})")
        return [*tensors, *outputs]

    def branch(self, known: list[str]) -> None:
        self.lines.append("if q:")
        inner = list(known)
        self.statement(inner, "    ")
        name = self.name()
        self.lines.append(f"    {name} = R.exp({inner[-1]})")
        self.lines += ["else:", f"    {name} = {self.r.choice(known)}"]
        self.values[name] = ("if",)
        known.append(name)

    def name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def pick(self, known: list[str]) -> str:
        return known[-1] if self.r.random() < 0.5 else self.r.choice(known)

    def statement(self, known: list[str], pad: str) -> None:
        """One binding, or a few that belong together; the last one is a tensor."""
        r = self.r
        name, kind = self.name(), r.random()
        if kind < 0.3:
            op, arg = r.choice(UNARY), self.pick(known)
            self.bind(pad, name, f"R.{op}({arg})", ("call", op, arg))
        elif kind < 0.62:
            op, a, b = r.choice(BINARY), self.pick(known), self.pick(known)
            if r.random() < 0.2:
                b = f'R.const({r.choice([1.0, 2.0])}, "float32")'
            self.bind(pad, name, f"R.{op}({a}, {b})", ("call", op, a, b))
        elif kind < 0.72:
            self.bind(pad, name, self.pick(known), ("alias",))
        elif kind < 0.82:
            fields = [self.pick(known) for _ in range(r.randint(1, 3))]
            if r.random() < 0.5:
                self.bind(pad, name, f"({''.join(field + ', ' for field in fields)})", ("tuple", *fields))
                other, place = self.name(), r.randrange(len(fields))
                self.bind(pad, other, f"{name}[{place}]", ("field", name, place))
                name = other
            else:
                # A tuple taken apart and put together again.
                whole, half, parts = name, self.pick(known), (self.name(), self.name())
                self.bind(pad, whole, f"R.split({half}, indices_or_sections=2, axis=0)", ("call", "split", half))
                for place, part in enumerate(parts):
                    self.bind(pad, part, f"{whole}[{place}]", ("field", whole, place))
                again, name = self.name(), self.name()
                self.bind(pad, again, f"({', '.join(parts)})", ("tuple", *parts))
                self.bind(pad, name, f"R.concat({again}, axis=0)", ("call", "concat", again))
        elif kind < 0.9:
            self.bind(pad, name, f"R.match_cast({self.pick(known)}, {TENSOR})", ("cast",))
        else:
            self.bind(pad, name, f'R.call_dps_packed("f", ({self.pick(known)},), out_ty={TENSOR})', ("packed",))
        known.append(name)

    def bind(self, pad: str, name: str, text: str, value: Value) -> None:
        self.lines.append(f"{pad}{name} = {text}")
        self.values[name] = value


class Cases:
    """The cases in terms of one implementation: ``api`` has load, show, dpl, transform, call and var2val."""

    def __init__(self, api: Any) -> None:
        self.api = api

    def outcome(self, seed: int) -> list[str]:
        """One line for each thing asked; "error" where it raises one."""
        r = random.Random(seed)
        program = Program(r)
        module = self.api.load(program.script)
        roots = [name for name, value in program.values.items() if value[0] == "call"]
        root = r.choice(roots) if roots else ""
        shape = r.random()
        asked: list[Callable[[], str]] = [
            lambda: self.matches(program, root, module, random.Random(seed)),
            lambda: self.graph(program, root, module, random.Random(seed)),
            lambda: self.rewritten(program, root, module, random.Random(seed)),
            lambda: self.fused(program, root, module, random.Random(seed), shape),
            *(lambda name=name: self.api.show(getattr(self.api.transform, name)()(module)) for name in PASSES),
        ]
        return [numbered(_attempt(ask)) for ask in asked]

    # ------------------------------------------------------------ patterns

    def pattern(self, program: Program, name: str, r: random.Random, depth: int, shared: dict[str, Any]) -> Any:
        """A pattern that the value of a variable should match, or nearly so."""
        dpl = self.api.dpl
        if name in shared and r.random() < 0.6:
            return shared[name]
        value = program.values.get(name, ("parameter",))
        made: Any = None
        if depth and value[0] == "call":
            op = value[1] if r.random() < 0.9 else r.choice(UNARY if len(value) == 3 else BINARY)
            args = [self.pattern(program, arg, r, depth - 1, shared) for arg in value[2:]]
            if op in ("add", "subtract") and r.random() < 0.2:
                args.reverse()
            made = dpl.is_op(f"relax.{op}")(*args)
            if op == "split" and r.random() < 0.5:
                made = made.has_attr({"axis": r.choice([0, 1])})
        elif depth and value[0] == "field":
            place = value[2] if r.random() < 0.7 else None
            made = dpl.is_tuple_get_item(self.pattern(program, value[1], r, depth - 1, shared), place)
        elif depth and value[0] == "tuple":
            made = dpl.is_tuple([self.pattern(program, arg, r, depth - 1, shared) for arg in value[1:]])
        elif name.startswith("R.const") and r.random() < 0.5:
            made = dpl.is_const()
        if made is None:
            made = dpl.wildcard()
            kind = r.random()
            if kind < 0.1:
                made = made.has_dtype(r.choice(["float32", "int32"]))
            elif kind < 0.2:
                made = made.has_shape([4, r.choice([4, 4, 5])])
            elif kind < 0.25:
                made = ~dpl.is_const()
        if r.random() < 0.08:
            made = made | dpl.is_const()
        shared[name] = made
        return made

    def root_pattern(self, program: Program, root: str, r: random.Random) -> tuple[Any, list[Any]]:
        """The pattern of a root, and the patterns of its parts."""
        shared: dict[str, Any] = {}
        made = self.pattern(program, root, r, r.randint(1, 3), shared)
        return made, list(shared.values())

    # ------------------------------------------------------------ what is asked

    def matches(self, program: Program, root: str, module: Any, r: random.Random) -> str:
        pattern, _ = self.root_pattern(program, root, r)
        values = self.api.var2val(module["main"])
        return str([pattern.match(value, values) for value in values.values()])

    def graph(self, program: Program, root: str, module: Any, r: random.Random) -> str:
        with self.api.dpl.PatternContext() as context:
            _, parts = self.root_pattern(program, root, r)
        lines = []
        for block in module["main"].body.blocks:
            if type(block).__name__ == "DataflowBlock":
                found = context.match_dfb(block)
                names = "none" if found is None else [found[p].name if p in found else "-" for p in parts]
                lines.append(str(names))
        return "; ".join(lines)

    def rewritten(self, program: Program, root: str, module: Any, r: random.Random) -> str:
        pattern, _ = self.root_pattern(program, root, r)

        def replace(expr: Any, _: Any) -> Any:
            known = getattr(getattr(expr, "op", None), "name", "") in (*(f"relax.{op}" for op in UNARY),)
            return self.api.call("sin", expr.args[0]) if known else expr

        return self.api.show(self.api.dpl.rewrite_call(pattern, replace, module["main"]))

    def fused(self, program: Program, root: str, module: Any, r: random.Random, kind: float) -> str:
        pattern, _ = self.root_pattern(program, root, r)
        make = self.api.transform.FuseOpsByPattern
        return self.api.show(make([("c.p", pattern)], bind_constants=kind < 0.5, annotate_codegen=kind < 0.2)(module))


def _attempt(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except Exception:
        return "error"


_BOUND = re.compile(r"^\s*(?:def )?(\w+)(?:: [^=]+)? = |(\w+): R\.|^\s*def (\w+)\(", re.MULTILINE)


def numbered(text: str) -> str:
    """The script without comments, with the variables of each function named by the place of their definition."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(map(_numbered, "\n".join(lines).split("    @R.function")))


def _numbered(text: str) -> str:
    names: dict[str, str] = {}
    for match in _BOUND.finditer(text):
        name = match.group(1) or match.group(2)
        if name and name not in names and name != "cls":
            names[name] = f"_{len(names)}"
    if not names:
        return text
    return re.sub(r"(?<![\w.])(" + "|".join(map(re.escape, names)) + r")\b", lambda m: names[m[1]], text)


def digest(lines: list[str]) -> list[str]:
    """A short hash of each line."""
    return [hashlib.sha256(line.encode()).hexdigest()[:8] for line in lines]
