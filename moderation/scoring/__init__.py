"""Scoring a text: the Scorer protocol, its backends, and the child processes they run in."""
