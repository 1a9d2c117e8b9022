"""The rules of SimplifyExpr on Relax, by what they are about."""
