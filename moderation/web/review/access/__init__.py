"""Who may come in: signing in, sessions, and what keeps others out."""
