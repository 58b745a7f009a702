"""How well, and how fast, people are matched: FEBRL, a roster benchmark with known truth, and cost."""
