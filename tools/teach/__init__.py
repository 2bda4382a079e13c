"""Teaches: which question to ask next, and which part of the pictures to look at when the answers are not
told apart.
"""
