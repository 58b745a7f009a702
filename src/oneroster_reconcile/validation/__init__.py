"""What is wrong with a roster, and the roster to go on with: one module for each family of rules."""
