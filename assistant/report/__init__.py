"""Writes a report: a folder of web pages that open from a file address and ask the network for nothing."""
