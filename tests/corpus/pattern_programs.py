"""Random programs with patterns made from their parts, and what matching, partitioning and rewriting make of them.

Written for the names that tvm.relay and relay_compat share, so that real TVM and the product run the same cases.
"""

import hashlib
import random
from importlib import import_module
from typing import Any

UNARY = ("nn.relu", "tanh", "exp")
BINARY = ("add", "multiply", "subtract", "divide")
SHAPE = (2, 2)


class Cases:
    """The cases in terms of one implementation: the name of its Relay package."""

    def __init__(self, package: str) -> None:
        self.relay = import_module(package)
        self.df = import_module(f"{package}.dataflow_pattern")
        self.ops = import_module(f"{package}.op")
        self.operator = type(import_module(f"{package}.op.op").get("add"))

    def outcome(self, seed: int) -> list[str]:
        """One line for each: matches of all parts, partition, and two ways to rewrite; "error" where it raises one."""
        r = random.Random(seed)
        pool = self.program(r, r.randint(4, 25))
        pattern = self.pattern(r, r.choice(pool[3:]), r.randint(1, 4), {})
        attrs = {"Composite": "c"} if r.random() < 0.3 else None
        asked = (
            lambda: [bool(pattern.match(part)) for part in pool],
            lambda: pattern.partition(pool[-1], attrs).astext(),
            lambda: self.rewritten(pattern, pool[-1], lambda post, _: self.ops.log(post)),
            lambda: self.rewritten(pattern, pool[-1], _first_input(self)),
        )
        return [_attempt(ask) for ask in asked]

    # ------------------------------------------------------------ programs

    def op(self, name: str) -> Any:
        found = self.ops
        for part in name.split("."):
            found = getattr(found, part)
        return found

    def program(self, r: random.Random, size: int) -> list[Any]:
        """Variables and expressions, each over earlier ones."""
        relay = self.relay
        pool: list[Any] = [relay.var(f"v{i}", shape=SHAPE) for i in range(3)]

        def pick() -> Any:
            return pool[-1] if r.random() < 0.45 else r.choice(pool)

        def variable(name: str) -> Any:
            return relay.var(name, shape=SHAPE)

        for _ in range(size):
            kind = r.random()
            if kind < 0.3:
                made = self.op(r.choice(UNARY))(pick())
            elif kind < 0.68:
                made = self.op(r.choice(BINARY))(pick(), pick())
            elif kind < 0.72:
                made = relay.const(float(r.choice([0, 1, 2])))
            elif kind < 0.79:
                fields = [pick() for _ in range(r.randint(1, 3))]
                made = relay.TupleGetItem(relay.Tuple(fields), r.randrange(len(fields)))
            elif kind < 0.83:
                made = self.op("nn.leaky_relu")(pick(), r.choice([0.1, 0.2]))
            elif kind < 0.87:
                made = self.op("clip")(pick(), 0.0, r.choice([1.0, 6.0]))
            elif kind < 0.91:
                a, b = variable("a"), variable("b")
                function = relay.Function([a, b], self.op(r.choice(BINARY))(self.op(r.choice(UNARY))(a), b))
                if r.random() < 0.5:
                    function = function.with_attr("Composite", r.choice(["p", "q"]))
                made = relay.Call(function, [pick(), pick()])
            elif kind < 0.96:
                bound = variable("l")
                made = relay.Let(bound, pick(), self.op(r.choice(BINARY))(bound, pick()))
            else:
                made = relay.If(relay.const(True), pick(), pick())
            pool.append(made)
        return pool

    # ------------------------------------------------------------ patterns

    def pattern(self, r: random.Random, expr: Any, depth: int, shared: dict[Any, Any]) -> Any:
        """A pattern that matches the expression or nearly does; shared parts mostly get one pattern."""
        df = self.df
        if expr in shared and r.random() < 0.8:
            return shared[expr]
        result = self.plain(r, expr, depth, shared)
        if r.random() < 0.06:
            result = result | df.wildcard()
        if r.random() < 0.06:
            result = df.is_op("tanh")(df.wildcard()) | result
        if r.random() < 0.04:
            result = result.has_dtype("float32")
        if r.random() < 0.03:
            result = result.has_shape(SHAPE)
        if r.random() < 0.02:
            result = result.has_type(self.relay.TensorType(SHAPE, "float32"))
        shared[expr] = result
        return result

    def plain(self, r: random.Random, expr: Any, depth: int, shared: dict[Any, Any]) -> Any:
        relay, df = self.relay, self.df

        def deeper(part: Any) -> Any:
            return self.pattern(r, part, depth - 1, shared)

        if depth == 0 or r.random() < 0.08:
            return df.wildcard()
        if isinstance(expr, relay.Var):
            return r.choice([df.wildcard(), df.is_var(), df.is_var(expr.name_hint), df.wildcard()])
        if isinstance(expr, relay.Constant):
            either = df.is_constant() | df.is_var(), df.is_var() | df.is_expr(relay.const(1.0))
            return r.choice([df.wildcard(), df.is_constant(), df.is_expr(expr), *either])
        if isinstance(expr, relay.TupleGetItem):
            return df.is_tuple_get_item(deeper(expr.tuple_value), r.choice([None, expr.index]))
        if isinstance(expr, relay.Tuple):
            return df.is_tuple(None) if r.random() < 0.3 else df.is_tuple([deeper(field) for field in expr.fields])
        if isinstance(expr, relay.If):
            return df.is_if(deeper(expr.cond), deeper(expr.true_branch), deeper(expr.false_branch))
        if isinstance(expr, relay.Let):
            return df.is_let(deeper(expr.var), deeper(expr.value), deeper(expr.body))
        if isinstance(expr, relay.Function):
            params = None if r.random() < 0.3 else [df.wildcard() for _ in expr.params]
            result = df.FunctionPattern(params, deeper(expr.body))
            marked = "Composite" in (expr.attrs or ()) and r.random() < 0.5
            return result.has_attr({"Composite": expr.attrs["Composite"]}) if marked else result
        if not isinstance(expr.op, self.operator):
            return deeper(expr.op)(*map(deeper, expr.args))
        return self.operator_call(r, expr, deeper)

    def operator_call(self, r: random.Random, expr: Any, deeper: Any) -> Any:
        df = self.df
        callee = df.is_op(expr.op.name)
        if r.random() < 0.15:
            callee = df.wildcard().has_attr({"TOpPattern": expr.op.get_attr("TOpPattern")})
        elif r.random() < 0.1:
            callee = callee | df.is_op(r.choice(UNARY + BINARY))
        if r.random() < 0.15 and len(expr.args) == 1:
            elementwise = df.wildcard().has_attr({"TOpPattern": 0})(df.wildcard())
            path = r.choice([df.wildcard(), elementwise, elementwise | df.is_op("add")(df.wildcard(), df.wildcard())])
            source = expr.args[0]
            while self.unary(source) and r.random() < 0.7:
                source = source.args[0]
            return callee(df.wildcard()).dominates(deeper(source), path)
        result = callee(None) if r.random() < 0.08 else callee(*map(deeper, expr.args))
        if expr.op.name == "nn.leaky_relu" and r.random() < 0.5:
            result = result.has_attr({"alpha": r.choice([0.1, 0.2])})
        if expr.op.name == "clip" and r.random() < 0.5:
            result = result.has_attr({"a_max": r.choice([1.0, 6.0])})
        return result

    def unary(self, expr: Any) -> bool:
        return isinstance(expr, self.relay.Call) and isinstance(expr.op, self.operator) and len(expr.args) == 1

    # ------------------------------------------------------------ rewriting

    def rewritten(self, pattern: Any, expr: Any, change: Any) -> str:
        """The text after one round, and how much each pattern matched in each call."""
        sizes: list[list[int]] = []

        class Callback(self.df.DFPatternCallback):
            def __init__(self) -> None:
                super().__init__(rewrite_once=True)
                self.pattern = pattern

            def callback(self, pre: Any, post: Any, node_map: Any) -> Any:
                del pre
                sizes.append(sorted(len(found) for found in node_map.values()))
                return change(post, node_map)

        return f"{self.df.rewrite(Callback(), expr).astext()} {sizes}"


def _first_input(cases: Cases) -> Any:
    """A change that puts the matched part in place whose text is the first."""

    def change(_: Any, node_map: Any) -> Any:
        leaf = (cases.operator, cases.relay.Function)
        return min((part for found in node_map.values() for part in found if not isinstance(part, leaf)), key=_text)

    return change


def _text(expr: Any) -> str:
    return expr.astext()


def _attempt(ask: Any) -> str:
    try:
        return str(ask())
    except Exception:
        return "error"


def digest(lines: list[str]) -> str:
    """What is recorded of an outcome: a short hash of each line, "-" for an error."""
    return " ".join("-" if line == "error" else hashlib.sha256(line.encode()).hexdigest()[:8] for line in lines)
