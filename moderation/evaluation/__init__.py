"""Measuring a scorer on labelled comments."""
