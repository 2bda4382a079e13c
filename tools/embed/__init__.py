"""From what the experts measured to the views for one criterion: prepared, routed, weighted, and with accepted
groupings subtracted."""
