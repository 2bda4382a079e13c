"""Draws playing cards and what is no card, and trains the network of the cards expert on them."""
