"""Holds the methods, each from views and constraints to a soft assignment: one file per method, one
signature for all."""
