"""The moderators' page: a signed-in person reads what is held and decides."""
