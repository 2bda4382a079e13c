"""Learns from the user's answers what group all the other images belong to."""
