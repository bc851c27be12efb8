"""How the service itself is doing, for those who look after it."""
