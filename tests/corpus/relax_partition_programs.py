"""Random programs of products, convolutions and normalisations for compilers outside."""

from random import Random

__all__ = ["program"]

_HEAD = """@I.ir_module
class Module:
    @R.function
    def main({params}):
        with R.dataflow():
{body}
            R.output({out})
        return {out}
"""


def _tensor(shape: str, dtype: str) -> str:
    return f'R.Tensor(({shape}), dtype="{dtype}")'


def program(seed: int) -> str:
    """The text of a program, which partitions of every kind find something in now and then."""
    rng = Random(seed)
    conv = rng.random() < 0.4
    dtype = rng.choice(["float16", "float32", "float32", "float64"])
    params: dict[str, str] = {}
    lines: list[str] = []

    def bind(value: str) -> str:
        name = f"v{len(lines)}"
        lines.append(f"            {name} = {value}")
        return name

    if conv:
        nhwc = rng.random() < 0.8
        params["x"] = _tensor("2, 8, 8, 16" if nhwc else "2, 16, 8, 8", dtype)
        params["w"] = _tensor("32, 3, 3, 16" if nhwc else "32, 16, 3, 3", dtype)
        layouts = ("NHWC", "OHWI", "NHWC") if nhwc else ("NCHW", "OIHW", "NCHW")
        data, kernel, out = layouts
        value = bind(
            f"R.nn.conv2d(x, w, strides=[1, 1], padding=[1, 1, 1, 1], dilation=[1, 1], groups=1, "
            f'data_layout="{data}", kernel_layout="{kernel}", out_layout="{out}")'
        )
        shape = "2, 8, 8, 32" if nhwc else "2, 32, 8, 8"
        bias = "1, 1, 1, 32" if nhwc else "1, 32, 1, 1"
    else:
        batch = rng.choice(["", "3, ", "2, 3, "])
        other = rng.choice(["", batch])
        transposed = rng.random() < 0.4
        params["x"] = _tensor(f"{batch}8, 16", dtype)
        params["w"] = _tensor(f"{other}32, 16" if transposed else f"{other}16, 32", dtype)
        weight = "w"
        if transposed:
            rank = other.count(",") + 2
            axes = [*range(rank - 2), rank - 1, rank - 2]
            weight = bind(f"R.permute_dims(w, axes={axes if rng.random() < 0.5 or rank > 2 else None})")
        value = bind(f"R.matmul(x, {weight})")
        shape, bias = f"{batch}8, 32", rng.choice(["32,", "1, 32"])
    values = [value]
    if rng.random() < 0.7:
        params["b"] = _tensor(bias, dtype)
        values.append(bind(f"R.add({values[-1]}, b)"))
    if rng.random() < 0.6:
        values.append(bind(f"R.nn.{rng.choice(['relu', 'gelu', 'silu'])}({values[-1]})"))
    if rng.random() < 0.5:
        params["r"] = _tensor(shape, dtype)
        sides = [values[-1], rng.choice(["r", "r", values[0]])]
        rng.shuffle(sides)
        values.append(bind(f"R.{rng.choice(['add', 'multiply'])}({sides[0]}, {sides[1]})"))
        if rng.random() < 0.4:
            values.append(bind(f"R.nn.relu({values[-1]})"))
    if rng.random() < 0.3:
        axis = rng.choice([-1, 1])
        params["gamma"] = params["beta"] = _tensor(f"{shape.split(', ')[axis]},", dtype)
        values.append(bind(f"R.nn.layer_norm({values[-1]}, gamma, beta, axes=[{axis}], epsilon=0.00001)"))
    if rng.random() < 0.2:
        values.append(bind(f"R.add({values[-1]}, {rng.choice(values)})"))
    given = ", ".join(f"{name}: {kind}" for name, kind in params.items())
    return _HEAD.format(params=given, body="\n".join(lines), out=values[-1])
