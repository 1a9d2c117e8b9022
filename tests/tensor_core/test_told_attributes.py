"""What a broken rule says of a call names the attributes that matter."""

from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import told

FIELDS = registry().by_name["nn.max_pool2d"].relay.fields  # pyright: ignore[reportOptionalMemberAccess]


def test_a_message_that_names_an_attribute_stays() -> None:
    assert told("pool_size is larger than the data", FIELDS, {"strides": (2, 2)}) == "pool_size is larger than the data"


def test_without_attributes_there_is_nothing_to_add() -> None:
    assert told("shapes differ", (), {}) == "shapes differ"


def test_attributes_that_were_chosen_are_added() -> None:
    attrs = {"strides": (2, 2), "ceil_mode": False}
    assert told("no room", FIELDS, attrs) == "no room (attributes: strides=[2, 2])"


def test_where_none_was_chosen_all_are() -> None:
    said = told("no room", FIELDS, {"ceil_mode": False})
    assert all(field.name in said for field in FIELDS)
    assert "ceil_mode=False" in said
