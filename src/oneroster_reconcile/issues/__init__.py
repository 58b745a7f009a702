"""What is wrong, as values; and the few promises whose breach is an exception."""
