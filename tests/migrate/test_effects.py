"""What programs do to references and to the outside, in order: the same on both sides, interpreted and compiled."""

import numpy as np
import pytest

import migrate
from migrate.execution import Executor, bind_args, execute
from migrate.verify.effects import moved
from migrate.verify.generate import Program
from migrate.verify.properties.equivalence import keeps_meaning, to_relax
from relax_core.text.reader import read
from tensor_core.effects import NEW, PRINT, READ, WRITE, Event, traced
from tensor_core.module import IRModule

V = "Tensor[(2), float32]"
X = np.asarray([3, -2], np.float32)

ACCUMULATED = f"""def @main(%x: {V}) {{
  let %r = ref(%x);
  let %u = ref_write(%r, add(ref_read(%r), %x));
  ref_read(%r)
}}"""
SEEN_BY_A_CALL = f"""def @add_to(%r: ref({V}), %x: {V}) -> () {{ ref_write(%r, add(ref_read(%r), %x)) }}
def @main(%x: {V}) {{
  let %r = ref(%x);
  let %u = @add_to(%r, %x);
  let %v = @add_to(%r, %x);
  ref_read(%r)
}}"""
ONCE = [f"{NEW} 0", f"{READ} 0", f"{WRITE} 0"]


def program(text: str) -> IRModule:
    return migrate.load(f'#[version = "0.0.5"]\n{text}')


def effects(module: IRModule, executor: Executor = "interpreter") -> list[Event]:
    with traced() as trace:
        execute(module, bind_args(module, [X]), executor=executor)
    return trace.events


@pytest.mark.parametrize("executor", ["interpreter", "backend"])
def test_effects_of_both_irs(executor: Executor) -> None:
    module = program(SEEN_BY_A_CALL)
    wanted = [*ONCE, *ONCE[1:], f"{READ} 0"]
    for each in (module, to_relax(module)):
        found = effects(each, executor)
        assert [str(event) for event in found] == [f"{event} float32[2]" for event in wanted]


def test_a_reference_that_becomes_a_value_is_gone_as_a_whole() -> None:
    module = program(ACCUMULATED)
    assert len(effects(module)) == 4
    assert effects(to_relax(module)) == []
    assert moved(effects(module), []) == ""


def events(text: str) -> list[Event]:
    """``n0`` makes a reference, ``r0`` reads and ``w0`` writes it."""
    kinds = {"n": NEW, "r": READ, "w": WRITE}
    return [Event(kinds[word[0]], int(word[1]), "") for word in text.split()]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("n0 w0 r0", "n0 w0 r0"),
        ("n0 w0 r0", ""),
        ("n0 n1 w0 w1 r0 r1", "n0 w0 r0"),
        # Only the second one can be the one that is left.
        ("n0 n1 r0 w1 r1", "n0 w0 r0"),
        ("n0 n1 n2 r0 r1 w2 w0", "n0 n1 r0 w1"),
    ],
)
def test_effects_that_are_kept(before: str, after: str) -> None:
    assert moved(events(before), events(after)) == ""


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("n0 w0 r0", "n0 r0", "effect 2 is write"),
        ("n0 w0 r0", "n0 r0 w0", "effect 2 is write"),
        ("n0 w0 r0", "n0 w0", "stands nothing"),
        ("n0 w0", "n0 w0 w0", "one too many: write"),
        ("n0 n1 w0 w1", "n0 n1 w1 w0", "effect 3 is write"),
        ("", "n0", "one too many: new"),
    ],
)
def test_effects_that_are_not(before: str, after: str, what: str) -> None:
    assert what in moved(events(before), events(after))


def test_what_is_printed_is_an_effect(capsys: pytest.CaptureFixture[str]) -> None:
    script = """# from tvm.script import relax as R
@I.ir_module
class Module:
    @R.function(pure=False)
    def main(x: R.Tensor((2,), dtype="float32")):
        R.print(x, format="held {}")
        return x
"""
    module = read(script)
    assert [str(event) for event in effects(module)] == [f"{PRINT} held {{}} (float32[2])"]
    assert capsys.readouterr().out


def test_an_effect_that_no_result_shows_is_missed() -> None:
    twice = f"""def @add_to(%r: ref({V}), %x: {V}) -> () {{ ref_write(%r, %x) }}
def @main(%x: {V}) {{
  let %r = ref(%x);
  let %u = @add_to(%r, %x);
  let %v = @add_to(%r, %x);
  ref_read(%r)
}}"""
    once = program(twice.replace("let %v = @add_to(%r, %x);", ""))
    check = keeps_meaning("one write", lambda _: once).check(Program(program(twice), (X,)))
    assert check.failed
    assert check.key == "one write, interpreter: effects"
    assert not keeps_meaning("one write", lambda _: once, effects=False).check(Program(program(twice), (X,))).failed
