"""tvm.contrib.cudnn: there is none."""


def exists() -> bool:
    """Whether the library is there."""
    return False
