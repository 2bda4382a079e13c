"""Says in which sizes the network of the cards expert sees a picture, and where on a card it reads."""

SIDE = 192
"""The side in pixels of the network's input, a picture squeezed to a square."""
LOCATE_SIDE = 64
"""The side in pixels of the copy in which the card is located."""
PATCH = (64, 48)
"""The height and width in pixels of a corner of the card when it is read."""
REACH = (0.34, 0.26)
"""The height and width of a corner as shares of the card's."""
FULL_PICTURE = (0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0)
"""The corners of a card that fills the picture; the network predicts the difference to them."""
