"""Figures for any page: the picture as SVG, what its colours mean, and the table behind it."""
