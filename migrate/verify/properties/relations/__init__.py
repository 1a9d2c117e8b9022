"""Changes of a program after which it must mean the same, on Relay's side and after conversion (metamorphic relations).

They need no oracle: what a changed program computes is compared with what the program itself does.
"""
