"""Plans for people to read: plain text, a terminal, and a summary that programs read."""
