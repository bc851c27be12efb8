"""Webhooks of other systems: their payload mapped to a submission, by their own proof."""
