"""Other programs on the same cases; each writes `source_id, host_id, probability`."""
