"""From what the experts measured to views for one criterion: prepared, routed and weighted."""
