"""Holds the words that people read and type: commands, questions, answers, numbers and greetings."""
