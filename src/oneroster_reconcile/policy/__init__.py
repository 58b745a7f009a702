"""What to do, as values: scope, authority, dispositions, adoption."""
