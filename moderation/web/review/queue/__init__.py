"""What is held, as a moderator reads it: the queue, one comment, the search, the live stream."""
