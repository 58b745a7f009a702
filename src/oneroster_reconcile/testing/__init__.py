"""What tests need: strategies for rosters, directories and policies."""
