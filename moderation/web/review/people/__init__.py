"""People's accounts: everybody's, for administrators, and one's own."""
