"""Self-hosted comment moderation: approve or hold by model, reject by people only."""

__version__ = "0.1.0"
