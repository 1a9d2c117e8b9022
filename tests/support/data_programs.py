"""Small Relay programs with algebraic data types, match and references, and arguments: for tests of conversion here and
in real TVM.
"""

import numpy as np

HEADER = '#[version = "0.0.5"]\n'
V = "Tensor[(2), float32]"
X = np.array([1, 2], "float32")
LIST = "type List[A] { Cons(A, List[A]), Nil, }\n"
FOLDR = """def @foldr[A, B](%f: fn (A, B) -> B, %z: B, %l: List[A]) -> B {
  match (%l) { Cons(%h, %t) => %f(%h, @foldr(%f, %z, %t)), Nil => %z, }
}
"""
NUMBERS = [np.array(n, "int32") for n in (1, 2, 3)]
PROGRAMS: dict[str, tuple[str, list[np.ndarray]]] = {
    "list folded by recursion": (
        f"""{LIST}def @sum(%l: List[{V}], %acc: {V}) -> {V} {{
  match (%l) {{ Cons(%h, %t) => @sum(%t, add(multiply(%h, 2f), %acc)), Nil => %acc, }}
}}
def @main(%x: {V}) {{ @sum(Cons(%x, Cons(exp(%x), Nil)), %x) }}
""",
        [X],
    ),
    "list built to a length of run time": (
        f"""{LIST}def @upto(%n: int32) -> List[int32] {{
  if (greater(%n, 0)) {{ Cons(%n, @upto(subtract(%n, 1))) }} else {{ Nil }}
}}
{FOLDR}def @main(%n: int32) {{
  @foldr(fn (%a: int32, %b: int32) {{ add(%a, multiply(%b, 10)) }}, 0, @upto(%n))
}}
""",
        [np.array(4, "int32")],
    ),
    "constructor as a function value": (
        f"""{LIST}{FOLDR}def @main(%x: {V}) {{
  let %copy = @foldr(Cons, Nil, Cons(%x, Cons(negative(%x), Nil)));
  @foldr(fn (%a: {V}, %b: {V}) {{ subtract(%a, %b) }}, %x, %copy)
}}
""",
        [X],
    ),
    "map of a closure that captures": (
        f"""{LIST}{FOLDR}def @map[A, B](%f: fn (A) -> B, %l: List[A]) -> List[B] {{
  match (%l) {{ Cons(%h, %t) => Cons(%f(%h), @map(%f, %t)), Nil => Nil, }}
}}
def @main(%x: {V}, %y: {V}) {{
  let %l = @map(fn (%a: {V}) {{ (add(%a, %y), %a) }}, Cons(%x, Cons(%y, Nil)));
  @foldr(fn (%p: ({V}, {V}), %b: {V}) {{ add(subtract(%p.0, multiply(%p.1, 3f)), %b) }}, %x, %l)
}}
""",
        [X, 4 * X],
    ),
    "tree of lists": (
        f"""{LIST}type Tree[A] {{ Rose(A, List[Tree[A]]), }}
def @all(%l: List[Tree[int32]]) -> int32 {{
  match (%l) {{ Cons(%h, %t) => add(@total(%h), multiply(@all(%t), 2)), Nil => 0, }}
}}
def @total(%t: Tree[int32]) -> int32 {{
  match (%t) {{ Rose(%a, %children) => add(%a, @all(%children)), }}
}}
def @main(%a: int32, %b: int32, %c: int32) {{
  @total(Rose(%a, Cons(Rose(%b, Nil), Cons(Rose(%c, Cons(Rose(%a, Nil), Nil)), Nil))))
}}
""",
        NUMBERS,
    ),
    "nested patterns in order": (
        f"""{LIST}def @pick(%l: List[List[int32]], %else: int32) -> int32 {{
  match (%l) {{
    Cons(Cons(%a, Cons(%b, _)), Cons(Cons(%c, Nil), Nil)) => add(%a, multiply(%b, %c)),
    Cons(Nil, Cons(_, Cons(%t, _))) => @pick(Cons(%t, Nil), 7),
    Cons(Cons(%a, _), _) => %a,
    %other => %else,
  }}
}}
def @main(%a: int32, %b: int32, %c: int32) {{
  let %one = Cons(%a, Nil);
  let %two = Cons(%b, Cons(%c, Nil));
  (
    @pick(Cons(%two, Cons(%one, Nil)), 1),
    @pick(Cons(Nil, Cons(Nil, Cons(%two, Nil))), 2),
    @pick(Cons(%two, Cons(%two, Nil)), 3),
    @pick(Nil, 4),
    @pick(Cons(Nil, Nil), 5)
  )
}}
""",
        NUMBERS,
    ),
    "match on a tuple": (
        f"""{LIST}def @zip(%a: List[int32], %b: List[{V}]) -> List[(int32, {V})] {{
  match ((%a, %b)) {{
    (Cons(%x, %s), Cons(%y, %t)) => Cons((%x, %y), @zip(%s, %t)),
    _ => Nil,
  }}
}}
def @last(%l: List[(int32, {V})], %z: {V}) -> {V} {{
  match (%l) {{ Nil => %z, Cons((%n, %v), %t) => @last(%t, multiply(%v, cast(%n, dtype="float32"))), }}
}}
def @main(%n: int32, %x: {V}) {{
  let %l = @zip(Cons(%n, Cons(add(%n, 1), Nil)), Cons(%x, Cons(exp(%x), Cons(%x, Nil))));
  @last(%l, %x)
}}
""",
        [np.array(3, "int32"), X],
    ),
    "computed arrays kept in tuples": (
        f"""{LIST}def @main(%x: {V}) {{
  let %l = Cons((exp(%x), (negative(%x), %x)), Nil);
  let %r = ref((add(%x, 5f), %l));
  let %keep = fn () {{ ref_read(%r) }};
  let %y = add(exp(negative(multiply(%x, 7f))), tanh(multiply(%x, 9f)));
  let %z = multiply(add(%y, %x), subtract(%y, %x));
  let %kept = %keep();
  let %first = match (%kept.1) {{ Cons((%a, (%b, _)), _) => add(multiply(%a, 2f), %b), Nil => %x, }};
  (%first, %kept.0, %z)
}}
""",
        [X],
    ),
    "functions in fields": (
        f"""type Step {{ Step(fn ({V}) -> {V}), Stop, }}
def @apply(%s: Step, %x: {V}) -> {V} {{ match (%s) {{ Step(%f) => add(%f(%x), %x), Stop => %x, }} }}
def @sq(%x: {V}) -> {V} {{ multiply(%x, %x) }}
def @main(%x: {V}) {{
  (@apply(Step(@sq), %x), @apply(Step(fn (%a: {V}) -> {V} {{ subtract(%a, exp(%x)) }}), %x), @apply(Stop, %x))
}}
""",
        [X],
    ),
    "values of arms used afterwards": (
        f"""type Maybe[A] {{ Some(A), None, }}
def @main(%c: bool, %x: {V}) {{
  let %m = if (%c) {{ Some((%x, exp(%x))) }} else {{ None }};
  let %p = match (%m) {{
    Some(%p) => if (%c) {{ (%p.1, add(%p.0, %x)) }} else {{ %p }},
    None => (%x, %x),
  }};
  let %k = match? (%m) {{ Some((%a, _)) => fn (%b: {V}) {{ add(%a, %b) }} }};
  (multiply(%p.0, %p.1), %k(%p.1))
}}
""",
        [np.array(True), X],
    ),
    "reference in straight-line code": (
        f"""def @main(%x: {V}) {{
  let %r = ref(%x);
  let %a = ref_read(%r);
  let %u = ref_write(%r, multiply(%a, 3f));
  let %b = ref_read(%r);
  let %v = ref_write(%r, (fn (%z: {V}) {{ add(%z, %b) }})(%a));
  (%a, %b, ref_read(%r))
}}
""",
        [X],
    ),
    "references written in branches": (
        f"""def @main(%c: bool, %d: bool, %x: {V}) {{
  let %r = ref(%x);
  let %s = ref((%x, 2));
  let %y = if (%c) {{
    let %u = ref_write(%r, exp(%x));
    let %v = if (%d) {{ ref_write(%s, (ref_read(%r), 3)) }} else {{ () }};
    add(ref_read(%r), %x)
  }} else {{
    let %w = ref_write(%r, add(ref_read(%s).0, ref_read(%r)));
    %x
  }};
  (%y, ref_read(%r), ref_read(%s))
}}
""",
        [np.array(True), np.array(True), X],
    ),
    "reference written in arms": (
        f"""{LIST}def @main(%l: bool, %x: {V}) {{
  let %data = if (%l) {{ Cons(exp(%x), Nil) }} else {{ Nil }};
  let %r = ref(%x);
  let %n = match (%data) {{
    Cons(%a, Nil) => let %u = ref_write(%r, %a); 1,
    Nil => 2,
    _ => let %u = ref_write(%r, add(ref_read(%r), %x)); 3,
  }};
  (ref_read(%r), %n)
}}
""",
        [np.array(True), X],
    ),
    "loop that accumulates in a reference": (
        """def @main(%n: int32) -> int32 {
  let %r = ref(0);
  let %loop: fn (int32) -> () = fn (%i: int32) -> () {
    if (greater(%i, 0)) {
      let %u = ref_write(%r, add(multiply(ref_read(%r), 10), %i));
      %loop(subtract(%i, 1))
    } else { () }
  };
  let %u = %loop(%n);
  ref_read(%r)
}
""",
        [np.array(4, "int32")],
    ),
    "references that are passed, returned and stored": (
        f"""{LIST}def @counter(%x: int32) -> ref(int32) {{ ref(%x) }}
def @bump(%r: ref(int32)) -> int32 {{
  let %u = ref_write(%r, add(ref_read(%r), 1));
  ref_read(%r)
}}
def @main(%n: int32) {{
  let %r = @counter(%n);
  let %a = @bump(%r);
  let %l = Cons(%r, Cons(ref(%a), Nil));
  let %b = match (%l) {{ Cons(%s, _) => @bump(%s), Nil => 0, }};
  let %f = fn (%k: int32) {{ add(@bump(%r), %k) }};
  (%a, %b, %f(100), ref_read(%r), ref_read((%r, %r).1))
}}
""",
        [np.array(4, "int32")],
    ),
    "functions chosen at run time with effects": (
        """def @main(%c: bool, %n: int32) {
  let %r = ref(%n);
  let %f = if (%c) {
    fn (%k: int32) { let %u = ref_write(%r, %k); add(%k, 1) }
  } else {
    fn (%k: int32) { ref_read(%r) }
  };
  let %a = %f(7);
  (add(%a, 1), ref_read(%r))
}
""",
        [np.array(True), np.array(4, "int32")],
    ),
    "order of effects among arguments": (
        """def @tick(%r: ref(int32)) -> int32 {
  let %old = ref_read(%r);
  let %u = ref_write(%r, add(%old, 1));
  %old
}
def @main(%n: int32) {
  let %r = ref(%n);
  (@tick(%r), @tick(%r), ref_read(%r), subtract(@tick(%r), multiply(@tick(%r), 2)))
}
""",
        [np.array(0, "int32")],
    ),
}
