"""What tests need: strategies for rosters and directories."""
