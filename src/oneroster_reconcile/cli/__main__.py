"""`python -m oneroster_reconcile.cli` is the same as `oneroster-reconcile`."""

from oneroster_reconcile.cli.main import main

if __name__ == "__main__":
    main()
