"""Small Relay programs with functions of all kinds, and arguments: for tests of conversion here and in real TVM."""

import numpy as np

HEADER = '#[version = "0.0.5"]\n'
V = "Tensor[(2), float32]"
X = np.array([1, 2], "float32")
PROGRAMS: dict[str, tuple[str, list[np.ndarray]]] = {
    "closure called in both branches": (
        f"""def @main(%c: bool, %x: {V}) {{
  let %y = add(%x, %x);
  let %f = fn (%a: {V}) {{ add(%a, %y) }};
  if (%c) {{ %f(%x) }} else {{ %f(%f(%y)) }}
}}
""",
        [np.array(False), X],
    ),
    "recursive closure that captures": (
        f"""def @main(%x: {V}, %n: int32) -> {V} {{
  let %loop: fn ({V}, int32) -> {V} = fn (%a: {V}, %i: int32) -> {V} {{
    if (greater(%i, 0)) {{ %loop(add(%a, %x), subtract(%i, 1)) }} else {{ %a }}
  }};
  %loop(%x, %n)
}}
""",
        [X, np.array(3, "int32")],
    ),
    "function chosen at run time": (
        f"""def @main(%c: bool, %x: {V}) {{
  let %f = fn (%a: {V}) {{ add(%a, %x) }};
  let %g = fn (%a: {V}) {{ multiply(%a, %x) }};
  let %h = if (%c) {{ %f }} else {{ %g }};
  %h(%x)
}}
""",
        [np.array(False), X],
    ),
    "functions as arguments": (
        f"""def @ap(%f: fn ({V}) -> {V}, %x: {V}) -> {V} {{ %f(%f(%x)) }}
def @sq(%x: {V}) -> {V} {{ multiply(%x, %x) }}
def @main(%x: {V}) {{
  %0 = @ap(@sq, %x);
  @ap(fn (%a: {V}) {{ add(%a, %0) }}, %x)
}}
""",
        [X],
    ),
    "function as a result": (
        f"""def @adder(%x: {V}) -> fn ({V}) -> {V} {{ fn (%a: {V}) -> {V} {{ add(%a, %x) }} }}
def @main(%x: {V}) {{ @adder(%x)(add(%x, %x)) }}
""",
        [X],
    ),
    "functions in a tuple": (
        f"""def @main(%x: {V}) {{
  let %t = (fn (%a: {V}) {{ add(%a, %x) }}, %x);
  %t.0(%t.1)
}}
""",
        [X],
    ),
    "recursive function as a value": (
        """def @ap(%f: fn (int32) -> int32, %n: int32) -> int32 { %f(%n) }
def @main(%n: int32, %k: int32) {
  let %sum: fn (int32) -> int32 = fn (%i: int32) -> int32 {
    if (greater(%i, 0)) { add(%k, @ap(%sum, subtract(%i, 1))) } else { %i }
  };
  @ap(%sum, %n)
}
""",
        [np.array(3, "int32"), np.array(5, "int32")],
    ),
    "closures that capture closures": (
        f"""def @main(%x: {V}) {{
  let %k = fn (%a: {V}) {{
    let %m = fn (%b: {V}) {{ multiply(%b, add(%a, %x)) }};
    %m(%m(%a))
  }};
  let %j = fn (%a: {V}) {{ %k(%k(%a)) }};
  (%j(%x), (fn (%z: ({V}, {V})) {{ %z.0 }})((%x, %x)))
}}
""",
        [X],
    ),
    "captured tuple and constant": (
        f"""def @main(%x: {V}) {{
  let %t = (%x, add(%x, 1f));
  let %c = 3f;
  let %f = fn (%a: {V}) {{ add(multiply(%a, %c), %t.1) }};
  (%f(%t.0), %t)
}}
""",
        [X],
    ),
    "mutually recursive functions": (
        """def @even(%n: int32) -> bool { if (equal(%n, 0)) { True } else { @odd(subtract(%n, 1)) } }
def @odd(%n: int32) -> bool { if (equal(%n, 0)) { False } else { @even(subtract(%n, 1)) } }
def @main(%n: int32) -> bool { @even(%n) }
""",
        [np.array(7, "int32")],
    ),
    "polymorphic functions": (
        f"""def @id[A](%x: A) -> A {{ %x }}
def @twice[A](%f: fn (A) -> A, %x: A) -> A {{ %f(%f(@id(%x))) }}
def @main(%x: {V}, %n: int32) {{
  let %p = fn [B](%b: B) -> B {{ %b }};
  let %k = fn (%a: {V}) {{ add(%p(%a), %x) }};
  (@twice(%k, %x), @twice(fn (%a: int32) {{ add(%a, 1) }}, %p(%n)))
}}
""",
        [X, np.array(3, "int32")],
    ),
    "external function with a pattern in it": (
        """def @ext(%x: Tensor[(2, 3), float32], %w: Tensor[(4, 3), float32], Compiler="dnnl", Primitive=1, Inline=1,
    global_symbol="ext") -> Tensor[(2, 4), float32] {
  %1 = fn (%a: Tensor[(2, 3), float32], %b: Tensor[(4, 3), float32], Composite="dnnl.dense_relu",
      PartitionedFromPattern="nn.dense_nn.relu_") -> Tensor[(2, 4), float32] {
    %0 = nn.dense(%a, %b, units=None);
    nn.relu(%0)
  };
  %1(%x, %w)
}
def @main(%x: Tensor[(2, 3), float32], %w: Tensor[(4, 3), float32]) -> Tensor[(2, 4), float32] { @ext(%x, %w) }
""",
        [np.ones((2, 3), "float32"), np.ones((4, 3), "float32")],
    ),
}
