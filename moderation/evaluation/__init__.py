"""Measures a scorer as it is served and writes one report. Trains nothing, quotes no text."""
