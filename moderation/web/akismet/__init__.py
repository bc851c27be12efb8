"""Akismet's API, for clients that were written for it: a check submits a comment to the queue."""
