"""The command line: `oneroster-reconcile`, or `python -m oneroster_reconcile.cli`. It is the one place that reads the clock."""
