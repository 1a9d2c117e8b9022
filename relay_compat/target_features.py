"""Which instructions the CPU of a target has, as far as passes of TVM 0.19 ask (``target.target_has_feature``).

By the names of CPUs and features that LLVM knows; a target that names neither has none.
"""

from __future__ import annotations

import re

from relay_compat.target import Target

_SSE = ("sse4.1", "sse4.2", "avx", "avx2", "avx512f", "avx512bw", "avx512vnni", "avxvnni")
"""From old to new; a newer one brings the older ones with it."""

_WITH_SSE41 = frozenset({"core-2-duo-sse4-1", "penryn"})
_WITH_SSE42 = frozenset({
    "alderlake", "arrowlake", "arrowlake-s", "atom-sse4-2", "atom-sse4-2-movbe", "bdver1", "bdver2", "bdver3", "bdver4",
    "broadwell", "btver2", "cannonlake", "cascadelake", "clearwaterforest", "cooperlake", "core-avx-i", "core-avx2",
    "core-2nd-gen-avx", "core-3rd-gen-avx", "core-4th-gen-avx", "core-4th-gen-avx-tsx", "core-5th-gen-avx",
    "core-5th-gen-avx-tsx", "core-aes-pclmulqdq", "core-i7-sse4-2", "corei7", "corei7-avx", "diamondrapids",
    "emeraldrapids", "goldmont", "goldmont-plus", "gracemont", "grandridge", "graniterapids", "graniterapids-d",
    "haswell", "icelake-client", "icelake-server", "ivybridge", "knl", "knm", "lunarlake", "meteorlake", "mic-avx512",
    "nehalem", "novalake", "pantherlake", "raptorlake", "rocketlake", "sandybridge", "sapphirerapids", "sierraforest",
    "silvermont", "skx", "skylake", "skylake-avx512", "slm", "tigerlake", "tremont", "westmere", "wildcatlake",
    "x86-64-v2", "x86-64-v3", "x86-64-v4", "znver1", "znver2", "znver3", "znver4", "znver5",
})  # fmt: skip
"""With hyphens; LLVM knows some of the names with underscores, too."""

_WITH_DOTPROD = frozenset({
    "ampere1", "ampere1a", "ampere1b", "ampere1c", "apple-a13", "apple-a14", "apple-a15", "apple-a16", "apple-a17",
    "apple-m4", "apple-m5", "c1-nano", "c1-premium", "c1-pro", "c1-ultra", "cortex-a320", "cortex-a510", "cortex-a520",
    "cortex-a520ae", "cortex-a55", "cortex-a65", "cortex-a65ae", "cortex-a710", "cortex-a715", "cortex-a720",
    "cortex-a720ae", "cortex-a725", "cortex-a75", "cortex-a76", "cortex-a76ae", "cortex-a77", "cortex-a78",
    "cortex-a78ae", "cortex-a78c", "cortex-r82", "cortex-r82ae", "cortex-x1", "cortex-x1c", "cortex-x2", "cortex-x3",
    "cortex-x4", "cortex-x925", "exynos-m4", "exynos-m5", "fujitsu-monaka", "gb10", "grace", "neoverse-512tvb",
    "neoverse-e1", "neoverse-n1", "neoverse-n2", "neoverse-n3", "neoverse-v1", "neoverse-v2", "neoverse-v3",
    "neoverse-v3ae", "olympus", "oryon-1", "saphira", "tsv110",
})  # fmt: skip


def has_sse(name: str, target: Target | None = None) -> bool:
    """Whether an x86 CPU has the extension ``sse4.1`` or ``sse4.2``. Without a target: the current one."""
    found = target or Target.current()
    if found is None or found.kind.name != "llvm":
        return False
    cpu = str(found.attrs.get("mcpu", "")).replace("_", "-")
    known = cpu in _WITH_SSE42 or (name == "sse4.1" and cpu in _WITH_SSE41)
    return known or any(f"+{item}" in _written(found) for item in _SSE[_SSE.index(name) :])


def has_asimd(target: Target) -> bool:
    """Whether the target is an ARM CPU with vectors of 128 bits: every one of the application profile has them."""
    return str(target.attrs.get("mtriple", "")).startswith(("aarch64", "arm"))


def has_dotprod(target: Target) -> bool:
    """Whether an ARM CPU multiplies and sums four bytes at once: from ARMv8.4 on, and where a target says so."""
    if not has_asimd(target):
        return False
    named = _written(target)
    levels = [re.fullmatch(r"\+v(\d+)(?:\.(\d+))?a", item) for item in named]
    is_new = any((int(found[1]), int(found[2] or 0)) >= (8, 4) for found in levels if found)
    return "+dotprod" in named or is_new or target.attrs.get("mcpu") in _WITH_DOTPROD


def _written(target: Target) -> list[str]:
    """The features that a target names, "+NAME"; reading a target has split them."""
    return [str(item) for item in target.attrs.get("mattr", ())]
