"""Draws the demo, a collection of portraits on which everything can be tried without a photograph of anyone."""

from assistant.demo.draw import CRITERIA, Truth, draw_demo, write_truth

__all__ = ["CRITERIA", "Truth", "draw_demo", "write_truth"]
