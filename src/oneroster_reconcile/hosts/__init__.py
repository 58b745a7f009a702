"""Products that plans can be applied to: in memory (the reference), and a database of one's own."""
