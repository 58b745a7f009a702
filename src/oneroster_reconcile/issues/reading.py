"""What is untidy or broken in the files of a package, and what the reader did about it."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "BULK_WITH_ENDS",
    "BULK_WITH_STATUSES",
    "BYTE_ORDER_MARK",
    "CELLS_BEYOND_HEADER",
    "CELL_BLANKED",
    "CELL_UNREADABLE",
    "COLUMN_AMBIGUOUS",
    "COLUMN_LEFT_OUT",
    "COLUMN_MISSING",
    "COLUMN_ORDER",
    "COLUMN_REPEATED",
    "COLUMN_SPELLING",
    "COLUMN_UNKNOWN",
    "COLUMN_UNNAMED",
    "DATE_FORM",
    "DELTA_WITHOUT_STATUSES",
    "ENCODING",
    "FILE_CALLED_ABSENT",
    "FILE_EMPTY",
    "FILE_IGNORED",
    "FILE_MISSING",
    "FILE_NAME_SPELLING",
    "FILE_TRUNCATED",
    "FILE_UNREADABLE",
    "FILE_WITHOUT_ROWS",
    "FINAL_NEWLINE_MISSING",
    "FLAG_FORM",
    "KEY_BLANK",
    "KEY_REPEATED",
    "LINE_BREAK_IN_CELL",
    "LINE_ENDS",
    "LIST_FORM",
    "MANIFEST_MISSING",
    "MANIFEST_UNCLEAR",
    "MODE_UNKNOWN",
    "ROW_LENGTH",
    "ROW_QUOTES",
    "SPACES_TRIMMED",
    "STATUS_UNKNOWN",
    "TEXT_DAMAGED",
    "TIME_FORM",
    "TOKEN_FORM",
    "USER_ID_FORM",
    "YEAR_FORM",
]

MANIFEST_MISSING = Code(
    slug="manifest_missing",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Put a manifest.csv into the package.",
    about="There is no manifest.csv, and what it would say was taken from the caller, or from files that are exactly"
    " OneRoster 1.0's.",
)
MANIFEST_UNCLEAR = Code(
    slug="manifest_unclear",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Export the package again with a manifest.csv as the standard has it: propertyName,value, each property once.",
    about="Something in manifest.csv is not as the standard has it: its header, its encoding, a property that is blank,"
    " unknown or said twice. What is clear in it counts.",
)
MODE_UNKNOWN = Code(
    slug="mode_unknown",
    severity=Severity.ERROR,
    fix_at=FixAt.SUPPORT,
    help="Pass mode='bulk' or mode='delta', or mend the manifest.",
    about="A file is there, and the manifest does not say clearly whether it is bulk or delta. Its rows are read; what is"
    " missing from it proves nothing.",
    needs_rerun=True,
)
FILE_MISSING = Code(
    slug="file_missing",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Ask the sender for the whole package.",
    about="The manifest promises a file that is not in the package. A lost file is not an empty one: nothing follows from it.",
    needs_rerun=True,
)
FILE_CALLED_ABSENT = Code(
    slug="file_called_absent",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Say in the manifest that the file is bulk or delta, or leave it out.",
    about="The manifest calls a file absent that is in the package. The manifest wins: the file is not read.",
)
FILE_IGNORED = Code(
    slug="file_ignored",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Leave out of the package what is no OneRoster file.",
    about="The package holds files that are none of OneRoster's, such as what macOS adds to a zip. They are not read.",
)
FILE_NAME_SPELLING = Code(
    slug="file_name_spelling",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Spell the names of files as the standard does.",
    about="The name of a file differs from the standard's in its case.",
)
FILE_EMPTY = Code(
    slug="file_empty",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Ask the sender for a complete export: this says neither that nothing changed nor that all is gone.",
    about="A file has no byte in it, or nothing but blank lines: not even a header. It counts as not read.",
    needs_rerun=True,
)
FILE_WITHOUT_ROWS = Code(
    slug="file_without_rows",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Check at the source whether there is really nothing; mark the file as absent where it is not shared.",
    about="A file has a header and no row. An export that failed looks just so, so it proves no absence.",
)
FILE_UNREADABLE = Code(
    slug="file_unreadable",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Ask the sender to export the file again, as CSV in UTF-8 (RFC 4180).",
    about="A file cannot be read as CSV at all. The rest of the package is read; nothing follows from what this file"
    " would have said.",
    needs_rerun=True,
)
FILE_TRUNCATED = Code(
    slug="file_truncated",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Ask the sender for the whole file.",
    about="A file ends in the middle of a row, or without the line end that the other files have: it was cut while it was"
    " written or sent. What is missing from it proves nothing.",
    needs_rerun=True,
)
COLUMN_MISSING = Code(
    slug="column_missing",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Ask the sender for the columns that OneRoster requires, separated by commas.",
    about="A column is missing without which the rows of a file have no meaning. The file counts as not read.",
    needs_rerun=True,
)
COLUMN_LEFT_OUT = Code(
    slug="column_left_out",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Export every column of the standard, blank where there is nothing to say.",
    about="Columns of the standard that the library can do without are not in the file. Their values are not supplied,"
    " which clears nothing.",
)
COLUMN_UNKNOWN = Code(
    slug="column_unknown",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Call a column of your own metadata.<name>, or spell it as the standard does.",
    about="A column is none of the standard's for this file. Where rows have metadata, its values are kept there under"
    " its name; columns of passwords never are.",
)
COLUMN_SPELLING = Code(
    slug="column_spelling",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Spell the columns as the standard does.",
    about="The name of a column differs from the standard's in case, spaces or an older spelling. It is read as the"
    " column it means.",
)
COLUMN_ORDER = Code(
    slug="column_order",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Put the columns in the order of the standard, your own at their right.",
    about="The columns are not in the standard's order. They are read by their names.",
)
COLUMN_REPEATED = Code(
    slug="column_repeated",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Export each column once.",
    about="A column is there more than once, and says the same each time. The first is read.",
)
COLUMN_AMBIGUOUS = Code(
    slug="column_ambiguous",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Ask the sender which of the columns is meant, and to export it once.",
    about="A column is there more than once and says different things. The file counts as not read.",
    needs_rerun=True,
)
COLUMN_UNNAMED = Code(
    slug="column_unnamed",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Give each column a name.",
    about="A column has no name in the header. It is not read.",
)
BYTE_ORDER_MARK = Code(
    slug="byte_order_mark",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Export without a byte order mark if you can.",
    about="A file begins with a byte order mark, which some programs write. It is passed over.",
)
LINE_ENDS = Code(
    slug="line_ends",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Nothing needs to be done.",
    about="A file ends its lines as Windows does (CRLF) or old Macs did (CR). Both are read.",
)
FINAL_NEWLINE_MISSING = Code(
    slug="final_newline_missing",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="End the last line of each file as the others.",
    about="The last row of a file has no line end, in a package where no file has one, so it was probably not cut.",
)
ENCODING = Code(
    slug="encoding",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Export the files in UTF-8.",
    about="A file is not in UTF-8. It was read as Windows-1252 or UTF-16, which shows in letters with accents if it is neither.",
)
TEXT_DAMAGED = Code(
    slug="text_damaged",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Export the file again in UTF-8.",
    about="Some rows of a file in UTF-8 hold bytes that are no UTF-8. They are set aside: nobody gets a garbled name.",
    needs_rerun=True,
)
ROW_LENGTH = Code(
    slug="row_length",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Ask the sender to export the file again: a cell with a comma or a line break has to be quoted.",
    about="Rows have fewer or more cells than the header, or a quote that does not close, so that nobody knows which cell"
    " is which. They are set aside, and as long as there are any, nothing that is missing from the file counts as"
    " gone.",
    needs_rerun=True,
)
ROW_QUOTES = Code(
    slug="row_quotes",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Double a quote inside a cell, and put the cell in quotes.",
    about="Quotes stand where RFC 4180 does not have them, but the rows have as many cells as the header. They are read"
    " as they stand.",
)
CELLS_BEYOND_HEADER = Code(
    slug="cells_beyond_header",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="End rows with their last cell, without commas after it.",
    about="All rows have as many blank cells beyond those of the header. They are left out.",
)
LINE_BREAK_IN_CELL = Code(
    slug="line_break_in_cell",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Take the line breaks out of the cells.",
    about="Cells hold line breaks, which OneRoster does not allow. They are read as they are.",
)
BULK_WITH_STATUSES = Code(
    slug="bulk_with_statuses",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Leave status and dateLastModified blank in bulk files.",
    about="A bulk file fills status or dateLastModified, which bulk files leave blank. It is read as bulk all the same.",
)
BULK_WITH_ENDS = Code(
    slug="bulk_with_ends",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Ask the sender whether the file holds everything; if it does, pass mode='bulk'.",
    about="The manifest calls a file bulk, and some of its rows are tobedeleted, as in a delta. Those rows end; what is"
    " missing from the file does not.",
)
DELTA_WITHOUT_STATUSES = Code(
    slug="delta_without_statuses",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Ask the sender whether the file is everything or what changed.",
    about="The manifest calls a file a delta, and its rows have no status, as in a bulk file. It is read as a delta: what"
    " is missing from it stays.",
)
KEY_BLANK = Code(
    slug="key_blank",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Give each row its key.",
    about="Rows lack the cells that say which row they are. They are left out, and as long as there are any, nothing that"
    " is missing from the file counts as gone.",
    needs_rerun=True,
)
KEY_REPEATED = Code(
    slug="key_repeated",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Export each row once.",
    about="Several rows have the same key. Of rows with a time of change the last changed stands, else the last; of"
    " enrollments and roles the one that is active, then the one that ends last.",
)
STATUS_UNKNOWN = Code(
    slug="status_unknown",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Use active or tobedeleted.",
    about="The status of rows is none that the standard knows, such as 1.0's inactive in a later version. They are set"
    " aside: they neither count as active nor as gone.",
    needs_rerun=True,
)
CELL_UNREADABLE = Code(
    slug="cell_unreadable",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Mend the cells at the source.",
    about="Cells that decide whether or for whom a row holds cannot be read: a date, an enabledUser, a role. The rows are"
    " set aside, and count as present. A date such as 03/04/2026 is not guessed at.",
    needs_rerun=True,
)
CELL_BLANKED = Code(
    slug="cell_blanked",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Mend the cells at the source.",
    about="Cells that only describe a row cannot be read. They count as not supplied, which clears nothing.",
)
DATE_FORM = Code(
    slug="date_form",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Write dates as 2026-08-17.",
    about="Dates are written in another form that can mean one day only (2026/08/17, 20260817, with a time).",
)
TIME_FORM = Code(
    slug="time_form",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Write times as 2026-08-17T06:00:00.000Z.",
    about="Times are written in another form: a bare date is its beginning, a time without a zone is in UTC.",
)
FLAG_FORM = Code(
    slug="flag_form",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Write true or false.",
    about="Flags are written in another form, such as TRUE, 1 or yes.",
)
YEAR_FORM = Code(
    slug="year_form",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Write the calendar year in which the school year ends, such as 2027.",
    about="School years are written as a pair, such as 2026-2027. They are read as the year in which they end.",
)
TOKEN_FORM = Code(
    slug="token_form",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Write the standard's tokens as it does.",
    about="A status, role or roleType is written in another case than the standard's, such as Student. It is read as the"
    " standard's token.",
)
LIST_FORM = Code(
    slug="list_form",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Separate items by a comma alone, and leave a cell without items blank.",
    about="Lists hold spaces around their items, blank items, or [] for none.",
)
USER_ID_FORM = Code(
    slug="user_id_form",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Write user ids as {type:id}.",
    about="User ids are not in the form {type:id}. One without a type is kept whole, as of the type userId; one without"
    " an id is left out.",
)
SPACES_TRIMMED = Code(
    slug="spaces_trimmed",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Export the cells without spaces around them.",
    about="Cells begin or end with spaces, tabs or line breaks. They are read without them, ids too.",
)
