"""Names the ranks, suits and colours of playing cards, in the order of the network's outputs."""

RANKS = (
    "ace", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "jack", "queen", "king", "joker",
)  # fmt: skip
SUITS = ("clubs", "diamonds", "hearts", "spades", "joker")
COLOURS = ("black", "red", "joker")
"""The colours of the suits as everybody calls them, whatever ink a deck is printed in."""
JOKER = 13
"""The position of the joker among the ranks."""
RED = (1, 2)
"""The positions of the red suits."""
