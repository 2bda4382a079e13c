"""Measuring methods on labelled folders: the runs, the rows that are kept, and the report."""
