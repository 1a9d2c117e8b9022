"""Functions that programs may call by name, on values: of TVM's runtime (vm.builtin.*), and of converted data types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from relax_core.builtins.views import view_of
from relax_core.data_functions import FUNCTIONS as DATA_FUNCTIONS
from relax_core.run_time import Value, bind_closure
from tensor_core.program import Host


def _copy(args: Sequence[Value], _: Host) -> Value:
    return args[0]


def _reshape(args: Sequence[Value], _: Host) -> Value:
    return args[0].reshape(args[1])


def _shape_of(args: Sequence[Value], _: Host) -> Value:
    return tuple(map(int, args[0].shape))


def _tensor_to_shape(args: Sequence[Value], _: Host) -> Value:
    return tuple(map(int, args[0]))


def _shape_to_tensor(args: Sequence[Value], _: Host) -> Value:
    return np.asarray(args[0], np.int64)


def _null(args: Sequence[Value], _: Host) -> Value:
    del args


def _make_closure(args: Sequence[Value], _: Host) -> Value:
    return bind_closure(args[0], tuple(args[1:]))


def _invoke_closure(args: Sequence[Value], host: Host) -> Value:
    return host.apply(args[0], args[1:])


def _tuple_item(args: Sequence[Value], _: Host) -> Value:
    return args[0][int(args[1])]


def _tuple(args: Sequence[Value], _: Host) -> Value:
    return tuple(args)


def _nonzero(args: Sequence[Value], _: Host) -> Value:
    return np.argwhere(np.atleast_1d(np.asarray(args[0]))).transpose().astype(np.int64)


def _condition(args: Sequence[Value], _: Host) -> Value:
    return bool(np.asarray(args[0]))


def _view(args: Sequence[Value], _: Host) -> Value:
    return view_of(*args)


RUNTIME: Mapping[str, Callable[[Sequence[Value], Host], Any]] = {
    "relax.run.nonzero": _nonzero,
    "relax.run.shape_to_tensor": _shape_to_tensor,
    **DATA_FUNCTIONS,
    "runtime.TVMArrayCreateView": _view,
    "runtime.TVMTensorCreateView": _view,
    "runtime.Tuple": _tuple,
    "vm.builtin.copy": _copy,
    "vm.builtin.ensure_zero_offset": _copy,
    "vm.builtin.invoke_closure": _invoke_closure,
    "vm.builtin.make_closure": _make_closure,
    "vm.builtin.make_tuple": _tuple,
    "vm.builtin.null_value": _null,
    "vm.builtin.read_if_cond": _condition,
    "vm.builtin.reshape": _reshape,
    "vm.builtin.shape_of": _shape_of,
    "vm.builtin.tensor_to_shape": _tensor_to_shape,
    "vm.builtin.tuple_getitem": _tuple_item,
}
"""By name: the result for the values of the arguments."""
