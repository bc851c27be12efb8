"""Perspective's own answers, passed on, while the model here scores the same texts beside them.

For sites that still have a key, so that the switch is measured before it is made. Nothing here
decides, and nothing of it needs the store.
"""
