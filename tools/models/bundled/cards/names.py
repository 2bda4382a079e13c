"""What a card can say."""

RANKS = (
    "ace", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "jack", "queen", "king", "joker",
)  # fmt: skip
SUITS = ("clubs", "diamonds", "hearts", "spades", "joker")
COLOURS = ("black", "red", "joker")
"""Of the suit, as everybody calls it, whatever ink a deck is printed in."""
JOKER = 13
"""Position of the joker among the ranks."""
RED = (1, 2)
"""Positions of the red suits."""
