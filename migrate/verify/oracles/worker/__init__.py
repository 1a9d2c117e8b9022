"""What other interpreters run: plain scripts for Python 3.7 and later, beside a TVM or an ONNX Runtime of their own.

Nothing of the product imports them but :mod:`~migrate.verify.oracles.worker.wire`, which both sides read.
"""
