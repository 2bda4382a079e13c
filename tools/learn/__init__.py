"""Learning: what the user's answers say about all the other images."""
