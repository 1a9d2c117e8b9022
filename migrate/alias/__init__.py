"""Python written against TVM runs on this implementation: ``import tvm`` gives modules of :mod:`migrate.alias.tvm`.

The finder answers imports of ``tvm``; the folder ``site`` is put on the path of a child process, so
that every Python in it starts with that finder.
"""
