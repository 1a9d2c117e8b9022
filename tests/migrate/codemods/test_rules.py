"""Every rule does what its own examples say, and leaves everything else alone."""

import itertools
from dataclasses import replace

import libcst as cst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.codemods.api import OLD
from migrate.codemods.driver import Options, PortResult, all_rules, port_source
from migrate.codemods.rule import Example, Refused, Rule
from migrate.codemods.target import NEWEST, Target
from tensor_core import codes

RULES = all_rules()


def of_each(name: str) -> list[tuple[Rule, object]]:
    return [(rule, item) for rule in RULES for item in getattr(rule, name)]


def port(rule: Rule, source: str, target: str = NEWEST) -> PortResult:
    """A source through one rule; names that it leaves to other rules are none of its business."""
    options = Options(Target(target), old=OLD if rule.source == "relay" else "0.21")
    result = port_source(source, "example.py", [rule], options)
    return replace(result, refusals=tuple(item for item in result.refusals if item.code is not codes.UNKNOWN_NAME))


def test_rules_are_documented_and_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) > 0
    for rule in RULES:
        assert rule.id.count(".") >= 2
        assert rule.title
        assert rule.explanation.endswith(".")
        assert rule.facts
        assert rule.examples or rule.refused
        assert rule.valid


@pytest.mark.parametrize(("rule", "example"), of_each("examples"))
def test_example_is_rewritten(rule: Rule, example: Example) -> None:
    result = port(rule, example.before, example.target)
    assert result.text == example.after
    assert result.refusals == ()
    assert {item.rule for item in result.applied} == {rule.id}


@pytest.mark.parametrize(("rule", "example"), of_each("examples"))
def test_rewriting_twice_changes_nothing_more(rule: Rule, example: Example) -> None:
    again = port(rule, example.after, example.target)
    assert (again.text, again.applied, again.refusals) == (example.after, (), ())


@pytest.mark.parametrize(("rule", "example"), of_each("examples"))
def test_line_ends_stay(rule: Rule, example: Example) -> None:
    result = port(rule, example.before.replace("\n", "\r\n"), example.target)
    assert result.text == example.after.replace("\n", "\r\n")


@pytest.mark.parametrize(("rule", "source"), of_each("valid"))
def test_valid_source_stays(rule: Rule, source: str) -> None:
    result = port(rule, source)
    assert (result.text, result.applied, result.refusals) == (source, (), ())


@pytest.mark.parametrize(("rule", "refused"), of_each("refused"))
def test_refused_source_stays_and_says_why(rule: Rule, refused: Refused) -> None:
    result = port(rule, refused.source)
    assert result.text == refused.source
    assert result.applied == ()
    (told,) = result.refusals
    assert told.code.id == "R2R0802"
    assert refused.because in told.message
    assert told.span is not None


# What real files put around the places that rules look for.
NEIGHBOURS = [
    "# -*- a comment -*-\n",
    "\n\n",
    "x = {'a':1,  'b' :2}   # odd spacing\n",
    "def f( a,b = 3 , *args ):\n\treturn(a)\n",
    'TEXT = """relay.nn.batch_matmul(a, b)\n\tin a string"""\n',
    "if x :pass\nelse:\n      y = 1;  z = 2\n",
    "class C ( object ) :\n    'doc'\n    @property\n    def relay(self) :  return self._relay\n",
    "async def g():\n    async with a as b, c: await b\n",
    "lam = lambda  p=1 ,*,q : p\\\n  +q\n",
    "\f\nvalue = f'{x!r:>{10}}'\n",
]
EXAMPLES = [(rule, example) for rule in RULES for example in rule.examples]


@settings(max_examples=40)
@given(
    before=st.lists(st.sampled_from(NEIGHBOURS), max_size=4),
    example=st.sampled_from(EXAMPLES),
    after=st.lists(st.sampled_from(NEIGHBOURS), max_size=4),
)
def test_neighbours_stay_byte_for_byte(before: list[str], example: tuple[Rule, Example], after: list[str]) -> None:
    rule, told = example
    # What rules add is indented as the file's first block is.
    head, tail = "".join(["if x:\n    pass\n", *before]), "".join(after)
    result = port(rule, head + told.before + tail, told.target)
    assert result.text == head + told.after + tail
    assert port(rule, result.text, told.target).text == result.text


@settings(max_examples=40)
@given(st.lists(st.sampled_from(NEIGHBOURS), max_size=8))
def test_unrelated_source_stays(parts: list[str]) -> None:
    # The comment keeps the rules from being left out for want of their words.
    source = "".join([*parts, "# batch_matmul\n"])
    result = port_source(source, "unrelated.py")
    assert (result.text, result.applied, result.refusals) == (source, (), ())


ARGUMENTS = [
    "a",
    "b",
    "out_dtype='int8'",
    "out_dtype=d",
    "transpose_a=True",
    "transpose_a=False",
    "transpose_b=True",
    "transpose_b=t",
]
GAPS = ["", " ", "\n    ", "  # why\n    ", "\n    # own line\n    "]


@settings(max_examples=40)
@given(
    st.permutations(ARGUMENTS[2:]),
    st.integers(0, 4),
    st.lists(st.sampled_from(GAPS), min_size=8, max_size=8),
    st.booleans(),
)
def test_any_layout_of_a_call_stays_python_and_keeps_its_comments(
    keywords: list[str], count: int, gaps: list[str], trailing: bool
) -> None:
    chosen = list({item.partition("=")[0]: item for item in keywords[:count]}.values())
    arguments = ["a", "b", *chosen]
    call = (
        ",".join(gap + item for gap, item in zip(itertools.cycle(gaps), arguments, strict=False))
        + "," * trailing
        + gaps[-1]
    )
    source = f"from tvm import relay\n\nc = relay.nn.batch_matmul({call})\n"
    result = port_source(source, "layout.py")
    cst.parse_module(result.text)
    assert result.text.count("#") == source.count("#")
    assert port_source(result.text, "layout.py").text == result.text
    assert bool(result.applied) != bool(result.refusals)
