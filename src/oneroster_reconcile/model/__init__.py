"""The values everything else is about: rows, tables, rosters, directories, coverage and the crosswalk."""
