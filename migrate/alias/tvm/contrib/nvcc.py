"""tvm.contrib.nvcc: there is no GPU."""


def have_fp16(compute_version: str) -> bool:
    """Whether a compute capability has half precision."""
    major, minor = map(int, compute_version.split(".")[:2])
    return (major, minor) == (5, 3) or major >= 6
