"""What people and the model decided, as figures and pictures."""
