"""Outside parties that say what a program computes: a real TVM, ONNX Runtime, recorded answers.

The product neither imports nor needs them: each runs in an interpreter of its own that the user names.
"""
