"""Decide, then subtract: the three-way merge and the diff."""
