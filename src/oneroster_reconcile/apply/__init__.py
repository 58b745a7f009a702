"""Doing what a plan says: the port that hosts implement, the state that is kept, and the loop that joins them."""
