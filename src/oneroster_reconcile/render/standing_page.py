"""An HTML page that stands by itself: no script, no font, no picture from elsewhere; light or dark as the reader's system is."""

__all__ = ["standing_page"]

_STYLE = """
:root { color-scheme: light dark; --text: #1c2430; --soft: #5a6675; --line: #d5dbe3; --page: #fff; --card: #f6f8fa;
  --error: #b3261e; --warning: #8a5a00; --note: #1f5f99; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --soft: #a3adba; --line: #3a4452; --page: #14181f; --card: #1c222b;
  --error: #ff8a80; --warning: #f0b54a; --note: #7db8f0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; color: var(--text); background: var(--page);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; } h3 { font-size: 1rem; margin: 0; }
p { margin: .35rem 0; } .soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); } th { font-weight: 600; }
td.number, th.number { text-align: right; } .table { overflow-x: auto; }
.issue { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--note); border-radius: 6px;
  padding: .8rem 1rem; margin: .75rem 0; overflow-wrap: anywhere; }
.issue.error { border-left-color: var(--error); } .issue.warning { border-left-color: var(--warning); }
.badge { font-weight: 600; margin-right: .4rem; } .error .badge { color: var(--error); } .warning .badge { color: var(--warning); }
.note .badge { color: var(--note); } code { font: .9em ui-monospace, monospace; } summary { cursor: pointer; color: var(--soft); }
.do { font-weight: 600; } .counts { display: flex; flex-wrap: wrap; gap: 1.5rem; margin: 1rem 0; padding: 0; list-style: none; }
.counts b { font-size: 1.5rem; display: block; line-height: 1.2; }
@media print { body { max-width: none; } .issue { break-inside: avoid; } }
"""


def standing_page(title: str, body: str) -> str:
    """The page around a body; both are markup already.

    >>> standing_page("Report", "<h1>Report</h1>").startswith("<!doctype html>")
    True
    """
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
    return f'<!doctype html>\n<html lang="en">\n<head>{head}<style>{_STYLE}</style></head>\n<body>\n{body}\n</body>\n</html>\n'
