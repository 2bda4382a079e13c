"""Reads what files say of their pictures: when, where and with what they were taken, without a look at a pixel."""
