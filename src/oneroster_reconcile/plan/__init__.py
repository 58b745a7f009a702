"""What to change, as values: typed changes, the plan that holds them, and what was answered when they were applied."""
