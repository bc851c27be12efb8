"""Use cases: what happens to a comment, in the order in which it happens."""
