"""What a Relax program is made of: dataflow blocks, choices, effects, and the bindings within."""

from __future__ import annotations

from migrate.verify.generate.relax.script import PACKED, Script, Shape, tensor
from relax_core.data_functions import REF_NEW, REF_READ, REF_WRITE


def block(s: Script) -> None:
    """A dataflow block with one to three outputs; what else it binds is not seen behind it."""
    before = set(s.values)
    with s.under("with R.dataflow():") as made:
        for _ in range(s.choose((2, 1, 3, 4))):
            binding(s)
        own = [name for name in s.values if name not in before]
        outputs = list(dict.fromkeys(s.choose(own) for _ in range(s.choose((2, 1, 3)))))
        s.say(f"R.output({', '.join(outputs)})")
    s.values.update({name: made[name] for name in outputs})


def branch(s: Script) -> None:
    """A choice, both arms of which make a value of one shape; an arm may have effects of its own."""
    shape = s.values[s.value()]
    name, refs = s.name("v"), dict(s.references)
    for head in ("if c:", "else:"):
        with s.under(head):
            for _ in range(s.choose((0, 1, 2))):
                binding(s)
            if s.references and s.choices.flag():
                _write(s)
            s.bind(f"{s.choose(('R.negative', 'R.exp', 'R.nn.relu'))}({s.alike(shape)})", shape, name)
        s.references = dict(refs)
    s.values[name] = shape


def effects(s: Script) -> None:
    """A reference that is made, or written and read: what is lost, doubled or moved shows."""
    if not s.references or s.choices.flag():
        held = s.value()
        ref = s.name("r")
        s.say(f'{ref} = R.call_packed("{REF_NEW}", {held}, ty_args=(R.Any,))')
        s.references[ref] = s.values[held]
    _write(s)
    _read(s)


def closing(s: Script) -> str:
    """The result: what references hold in the end, and some values."""
    held = [_read(s, ref) for ref in s.references]
    shown = [*held, *dict.fromkeys(s.value() for _ in range(3))]
    return f"({', '.join(shown)},)"


def binding(s: Script) -> None:
    """One binding of a value of two dimensions."""
    s.choose((_binary, _unary, _kernel, _cast, _pair, _packed, _transposed, _joined))(s)


def _binary(s: Script) -> None:
    first = s.value()
    shape = s.values[first]
    s.bind(f"R.{s.choose(('subtract', 'add', 'multiply'))}({first}, {s.alike(shape)})", shape)


def _unary(s: Script) -> None:
    first = s.value()
    s.bind(f"R.{s.choose(('negative', 'nn.relu', 'abs', 'tanh'))}({first})", s.values[first])


def _kernel(s: Script) -> None:
    first = s.value()
    s.bind(f"R.call_tir(cls.twice, ({first},), out_ty={tensor(s.values[first])})", s.values[first])


def _packed(s: Script) -> None:
    first = s.value()
    s.bind(f'R.call_dps_packed("{PACKED}", ({first},), out_ty={tensor(s.values[first])})', s.values[first])


def _cast(s: Script) -> None:
    first = s.value()
    shape = s.values[first]
    wanted: Shape = (s.symbol(), *shape[1:]) if s.choices.flag() else shape
    s.bind(f"R.match_cast({first}, {tensor(wanted)})", wanted)


def _pair(s: Script) -> None:
    first, second = s.value(), s.value()
    name = s.name("t")
    s.say(f"{name} = ({first}, {second})")
    place = s.choose((0, 1))
    s.bind(f"{name}[{place}]", s.values[(first, second)[place]])


def _transposed(s: Script) -> None:
    first = s.value()
    s.bind(f"R.permute_dims({first})", s.values[first][::-1])


def _joined(s: Script) -> None:
    first = s.value()
    rows, columns = s.values[first]
    doubled = rows * 2 if isinstance(rows, int) else f"({rows}) * 2"
    s.bind(f"R.concat(({first}, {s.alike((rows, columns))}), axis=0)", (doubled, columns))


def _write(s: Script) -> None:
    ref = s.choose(list(s.references))
    shape = s.references[ref]
    old = _read(s, ref)
    new = s.bind(f"R.{s.choose(('subtract', 'add'))}({old}, {s.alike(shape)})", shape)
    s.say(f'_ = R.call_packed("{REF_WRITE}", {ref}, {new}, ty_args=(R.Tuple,))')


def _read(s: Script, ref: str = "") -> str:
    ref = ref or s.choose(list(s.references))
    shape = s.references[ref]
    return s.bind(f'R.call_packed("{REF_READ}", {ref}, ty_args=({tensor(shape)},))', shape)
