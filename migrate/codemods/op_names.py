"""What Relay's operators and their attributes are called in a target release, as op cards state it.

Names in strings (``call.op.name == "nn.conv2d"``, ``is_op("nn.conv2d")``) and attributes of calls (``call.attrs.axis``)
are ported by these tables alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from migrate.codemods.target import Target
from tensor_core.ops.card import Carrier, RelaxSpelling
from tensor_core.ops.registry import registry

_EXPANDED: dict[str, tuple[str, str]] = {
    # What Relax writes with several operators: the one that carries the meaning, and what stands around it.
    "nn.dense": ("matmul", "the weight arrives through relax.permute_dims"),
    "nn.matmul": ("matmul", "what transpose_a and transpose_b did is a relax.permute_dims around an operand"),
    "nn.batch_matmul": ("matmul", "what transpose_a and transpose_b did is a relax.permute_dims around an operand"),
    "nn.bias_add": ("add", "the bias arrives reshaped, or expanded, to broadcast along its axis"),
    "nn.global_avg_pool2d": ("nn.adaptive_avg_pool2d", "converted modules hold relax.mean over the two spatial axes"),
    "nn.global_max_pool2d": ("max", "it is relax.max over the two spatial axes, keeping dimensions"),
    "nn.fast_softmax": ("nn.softmax", ""),
    "fast_exp": ("exp", ""),
    "fast_erf": ("erf", ""),
    "fast_tanh": ("tanh", ""),
    "qnn.quantize": ("quantize", "its rounding and its clipping are those of relax.quantize"),
    "qnn.dequantize": ("dequantize", ""),
    "broadcast_to_like": ("broadcast_to", "the shape is its second argument"),
    "cast_like": ("astype", "the element type is an attribute"),
    "reshape_like": ("reshape", "the shape is its second argument"),
    "contrib_reverse_reshape": ("reshape", "the shape is its second argument, without special values"),
    "collapse_sum_to": ("collapse_sum_to", "the shape is its second argument"),
    "adv_index": ("index_tensor", "the tensor and the tuple of its indices are two arguments"),
    "arange": ("arange", "its bounds are scalars, not tensors"),
    "layout_transform": ("layout_transform", "index_map stands for src_layout and dst_layout"),
    "variance": ("variance", "the mean is no argument any more"),
    "dyn.reshape": ("reshape", "the shape is its second argument"),
    "dyn.broadcast_to": ("broadcast_to", "the shape is its second argument"),
    "dyn.full": ("full", "the shape is its first argument"),
    "dyn.ones": ("ones", "the shape is its argument"),
    "dyn.zeros": ("zeros", "the shape is its argument"),
    "dyn.squeeze": ("squeeze", "the axes are an attribute"),
    "dyn.expand_dims": ("expand_dims", "the axis is an attribute"),
    "dyn.tile": ("tile", "repeats is an attribute"),
    "dyn.topk": ("topk", "k is an attribute"),
    "dyn.one_hot": ("one_hot", "depth is an attribute"),
    "dyn.image.resize2d": ("image.resize2d", "the size is its second argument"),
    "dyn.nn.pad": ("nn.pad", "pad_width is an attribute"),
    "strided_set": ("slice_scatter", "one axis at a time"),
    "trilu": ("triu", "relax.tril for the lower half"),
    "unique": ("unique", "its results stand in another order"),
    "shape_of": ("shape_to_tensor", "its argument is a relax.shape_of"),
    "device_copy": ("to_vdevice", "the destination is an attribute"),
    "on_device": ("hint_on_device", ""),
    "reinterpret": ("memory.view", ""),
    "call_lowered": ("call_tir", ""),
    "trunc_divide": ("divide", "of floats, relax.trunc stands around it"),
    "trunc_mod": ("mod", ""),
}


@dataclass(frozen=True, slots=True)
class OpName:
    """How the target says an operator: ``name`` is registered there ("relax.nn.conv2d"), empty where nothing is.

    ``note``: what is not the same beside the name; empty where nothing is to be looked at.
    """

    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class AttributeName:
    """What becomes of an attribute of a call: another attribute (``name``), the argument at ``operand``, or neither."""

    name: str = ""
    operand: int | None = None
    note: str = ""


_VANISHED = {
    "channels": "it is the size of the weight's output axis",
    "units": "it is the size of the weight's output axis",
    "kernel_size": "it is the weight's shape without its two channel axes",
    "newshape": "the shape is argument 1 of relax.reshape",
    "exclude": "the axes are those that are reduced",
    "transpose_a": "a transposed operand arrives through relax.permute_dims",
    "transpose_b": "a transposed operand arrives through relax.permute_dims",
    "is_ascend": "descending (largest for topk) says the opposite",
    "slice_mode": "the end is written as an end",
    "num_newaxis": "axis lists every new axis",
}
"""Attributes of Relay's that Relax calls do not have, and where to look instead."""


def is_relay_op(name: str) -> bool:
    """Whether Relay of TVM 0.19 has an operator of this name."""
    return name in registry().by_relay


def op_name(relay: str, target: Target) -> OpName | None:
    """What the target calls one of Relay's operators; None for what Relay has no operator of."""
    card = registry().by_relay.get(relay)
    if card is None:
        return None
    spelling = card.relax_for(target.release)
    if spelling is not None:
        return OpName(spelling.name)
    found = _EXPANDED.get(relay)
    if found is not None:
        return OpName(f"relax.{found[0]}", found[1])
    return OpName("", f"TVM {target.release} has no operator for {relay}: converted modules hold what it is made of")


def attribute_name(relay: str, attribute: str, target: Target) -> AttributeName | None:
    """What becomes of an attribute of an operator's calls; None where the operator has no such attribute."""
    card = registry().by_relay.get(relay)
    if card is None or card.relay is None:
        return None
    field = next((field for field in card.relay.fields if field.name == attribute), None)
    if field is None:
        return None
    spelling = card.relax_for(target.release)
    if spelling is None or field.carries is None:
        return _vanished(relay, attribute)
    for new in spelling.fields:
        if new.carries == field.carries:
            return AttributeName(new.name)
    return _as_operand(spelling, field.carries) or _vanished(relay, attribute)


@lru_cache(maxsize=4096)
def any_attribute_name(attribute: str, target: Target) -> AttributeName | None:
    """What becomes of an attribute where the operator is not known: it stays where any operator keeps it, and is
    what all that have a counterpart agree on otherwise. None where no operator of Relay has it.
    """
    fates = {fate for name in registry().by_relay if (fate := attribute_name(name, attribute, target)) is not None}
    if not fates:
        return None
    told = {fate for fate in fates if fate.name or fate.operand is not None}
    kept = AttributeName(attribute)
    if kept in told:
        return kept
    return told.pop() if len(told) == 1 else _vanished("", attribute)


def _vanished(relay: str, attribute: str) -> AttributeName:
    of = f" of {relay}" if relay else ""
    note = _VANISHED.get(attribute, "its value is an argument there, or follows from the types of the arguments")
    return AttributeName(note=f"calls in Relax have no attribute {attribute}{of}: {note}")


def _as_operand(spelling: RelaxSpelling, parameter: str) -> AttributeName | None:
    for index, operand in enumerate(spelling.operands):
        if operand.carrier is not Carrier.TENSOR and operand.name == parameter:
            return AttributeName(operand=index, note=f"it is argument {index} of {spelling.name} now")
    return None
