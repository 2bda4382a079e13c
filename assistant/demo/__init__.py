"""The demo: a collection of drawn portraits, to try everything on without a photograph of anyone."""

from assistant.demo.draw import CRITERIA, Truth, draw_demo, write_truth

__all__ = ["CRITERIA", "Truth", "draw_demo", "write_truth"]
