"""Coral's external moderation phase: a comment submitted, and answered before Coral goes on."""
