"""Where rosters come from: files, services and products, each read into a `Roster`."""
