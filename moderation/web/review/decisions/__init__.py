"""What a moderator decides: one comment, many, a band of scores, an appeal."""
