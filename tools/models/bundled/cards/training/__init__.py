"""Draws pictures with and without playing cards, and trains the network of the cards expert on them."""
