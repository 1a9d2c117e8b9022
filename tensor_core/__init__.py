"""What both IRs stand on: types, symbolic shapes, diagnostics, op cards, the tensor-level IR and the executable
form.
"""
