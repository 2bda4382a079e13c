"""Methods: from views (and constraints) to a soft assignment. One file per method, one signature."""
