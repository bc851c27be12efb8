"""HTTP: one dialect in, one Submission out."""
