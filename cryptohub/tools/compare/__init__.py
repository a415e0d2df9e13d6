"""Comparison of this checkout with an earlier one: bench and short drill in alternation."""
