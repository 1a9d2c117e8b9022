"""Normalisations."""

from row_language import T, V, both, relax, relay

X = T((2, 3, 4))
C = T((3,))
POSITIVE = T((3,), "float32", 0.25, 4.0)

ROWS = []
for name in ("nn.softmax", "nn.log_softmax"):
    ROWS += [*both(name, X), *both(name, X, axis=1), *both(name, T((4, 33), "float32", -30, 30))]
    ROWS += [*both(name, V([[1000.0, 1001.0], [-1000.0, 0.0]])), *both(name, T((3, 4), "float64"), axis=-2)]
    ROWS += [relay(name, X, axis=3)]

ROWS += [
    relay("nn.batch_norm", X, C, C, C, POSITIVE),
    relay("nn.batch_norm", X, C, C, C, POSITIVE, epsilon=0.5, center=False),
    relay("nn.batch_norm", X, C, C, C, POSITIVE, scale=False),
    relay("nn.batch_norm", T((2, 4, 3)), C, C, C, POSITIVE, axis=-1),
    relay("nn.batch_norm", T((2, 4, 3)), C, C, C, POSITIVE),
    relax("nn.batch_norm", X, C, C, C, POSITIVE, axis=1),
    relax("nn.batch_norm", X, C, C, C, POSITIVE, axis=1, epsilon=0.5, center=False, momentum=0.25),
    relax("nn.batch_norm", X, C, C, C, POSITIVE, axis=1, training=False, releases=("0.27",)),
    relax("nn.batch_norm", T((2, 4, 3)), C, C, C, POSITIVE, axis=2, scale=False, training=False, releases=("0.27",)),
]

ROWS += [relay("nn.bias_add", T((2, 3, 4)), C), relay("nn.bias_add", T((2, 4, 3)), C, axis=-1)]
ROWS += [relay("nn.bias_add", T((3,)), C, axis=0), relay("nn.bias_add", T((2, 4, 3)), C)]
ROWS += [relax("nn.dropout", X, rate=0.3, releases=("0.27",)), relax("nn.dropout", X, releases=("0.27",))]

LAST = T((4,))
ROWS += [
    relay("nn.layer_norm", X, LAST, LAST),
    relay("nn.layer_norm", X, C, C, axis=1, epsilon=0.5),
    relay("nn.layer_norm", X, LAST, LAST, scale=False, center=False),
    relax("nn.layer_norm", X, LAST, LAST, axes=[-1], releases=("0.27",)),
    relax("nn.layer_norm", X, T((3, 4)), T((3, 4)), axes=[1, 2], epsilon=0.5, releases=("0.27",)),
    relax("nn.layer_norm", X, LAST, LAST, axes=[-1], center=False, scale=False, releases=("0.27",)),
]

G, GC = T((2, 6, 4)), T((6,))
ROWS += [
    relay("nn.group_norm", G, GC, GC, num_groups=3),
    relay("nn.group_norm", T((2, 4, 6)), GC, GC, num_groups=2, axis=2, epsilon=0.5, center=False),
    relay("nn.group_norm", G, GC, GC, num_groups=2, scale=False),
    relax("nn.group_norm", G, GC, GC, num_groups=3, channel_axis=1, axes=[2], releases=("0.27",)),
    relax(
        "nn.group_norm",
        G,
        GC,
        GC,
        num_groups=2,
        channel_axis=1,
        axes=[2],
        epsilon=0.5,
        center=False,
        releases=("0.27",),
    ),
    relay("nn.instance_norm", X, C, C),
    relay("nn.instance_norm", T((2, 4, 3)), C, C, axis=2, epsilon=0.5, scale=False),
    relay("nn.instance_norm", X, C, C, center=False),
    relax("nn.instance_norm", X, C, C, channel_axis=1, axes=[2], releases=("0.27",)),
    relax("nn.instance_norm", X, C, C, channel_axis=1, axes=[2], scale=False, center=False, releases=("0.27",)),
    relay("nn.l2_normalize", X, eps=0.25, axis=[1]),
    relay("nn.l2_normalize", X, eps=100.0, axis=[0, -1]),
]
