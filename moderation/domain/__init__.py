"""What moderation means: data in, data out.

No asyncio, no clock, no network, no randomness in here; time and identity come as arguments.
"""
