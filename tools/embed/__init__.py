"""From what the experts measured to views for one criterion: prepared, routed, weighted, and rid of what is known."""
