"""What must hold of every program: each property takes one program and says whether it does."""

from migrate.verify.properties.property import Check, Property

__all__ = ["Check", "Property"]
