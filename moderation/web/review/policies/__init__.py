"""Policies: their versions, and a draft on its way to being one."""
