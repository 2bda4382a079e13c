"""Chooses which question to ask next, and which part of the pictures to look at where the answers are not
told apart."""
