"""OpenAI's moderations, for clients that were written for them: scored at once, kept nowhere."""
