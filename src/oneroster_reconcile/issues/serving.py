"""What is wrong with a service that a roster is read from live, and what the reader did about it."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "COLLECTION_EMPTY",
    "COLLECTION_REFUSED",
    "COLLECTION_UNREADABLE",
    "FILTER_IGNORED",
    "LIST_ITEM_COMMA",
    "OBJECT_FORM",
    "PAGE_CLAMPED",
    "PAGE_HALVED",
    "PAGE_LINK_FOREIGN",
    "PAGE_REPEATED",
    "READ_DRIFTED",
    "RECORDS_UNSHARED",
    "TOTAL_DIFFERS",
]

COLLECTION_REFUSED = Code(
    slug="collection_refused",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Give the credentials the right to read this collection.",
    about="The service does not let these credentials read a collection, or says that there is none. What was not read proves no absence.",
    needs_rerun=True,
)
COLLECTION_UNREADABLE = Code(
    slug="collection_unreadable",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Read again later, and ask the provider if it stays so.",
    about="A page of a collection could not be read: no answer came, errors only, or what is no page of OneRoster. The rows of the pages"
    " before it are read; nothing that is missing counts as gone.",
    needs_rerun=True,
)
TOTAL_DIFFERS = Code(
    slug="total_differs",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Ask the provider why the total that it announces and the rows that it gives differ.",
    about="The pages of a collection do not add up to the total that the service announced. Nothing that is missing counts as gone.",
    needs_rerun=True,
)
READ_DRIFTED = Code(
    slug="read_drifted",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Read again when the service is at rest.",
    about="A collection changed while its pages were read: the announced total changed, or an id came more than once. Pages that move may hide"
    " rows, so that nothing that is missing counts as gone. It was read again first, and it changed again.",
    needs_rerun=True,
)
PAGE_REPEATED = Code(
    slug="page_repeated",
    severity=Severity.ERROR,
    fix_at=FixAt.SOURCE,
    help="Ask the provider to honour offset and limit.",
    about="The service gave the same page again where the next one was asked for. Reading stopped there; nothing that is missing counts as gone.",
    needs_rerun=True,
)
PAGE_CLAMPED = Code(
    slug="page_clamped",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Ask for pages of the size that the service gives.",
    about="The service gives fewer rows a page than it was asked for. Reading goes on by the rows that came, so that none is lost.",
)
PAGE_LINK_FOREIGN = Code(
    slug="page_link_foreign",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Mend the addresses in the Link header.",
    about="The link to the next page leads to another host. It is not followed, since the credentials would go there; the next page is asked for"
    " by its offset.",
)
OBJECT_FORM = Code(
    slug="object_form",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Serve the objects of a collection in the form that the standard gives them.",
    about="A collection holds what is no object of OneRoster, or an object whose value has another form than the standard's, such as a list in the place of"
    " a text. Such a value is read as blank, and the collection as read in part.",
)
RECORDS_UNSHARED = Code(
    slug="records_unshared",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Ask the district to share them, or to leave them out of what it shares.",
    about="Rows name ids that their collection does not have: the district does not share them with the application, and Clever answers 404 for them. They count as"
    " present. In a school that is not shared nothing counts as gone; where people, courses or terms are not shared, no row of that kind does.",
)
COLLECTION_EMPTY = Code(
    slug="collection_empty",
    severity=Severity.WARNING,
    fix_at=FixAt.SOURCE,
    help="Ask the provider whether there should be rows.",
    about="A collection, or a school's part of one, was read and holds no row. A service that lost its data answers so, too: nothing that is missing"
    " counts as gone.",
)
PAGE_HALVED = Code(
    slug="page_halved",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Ask for smaller pages from the beginning.",
    about="The service did not give a page in time, or a server before it gave up. Half as many rows were asked for from the same place, so that none is"
    " lost.",
)
LIST_ITEM_COMMA = Code(
    slug="list_item_comma",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Give the items of lists without commas.",
    about="An item of a list holds a comma, which divides items in OneRoster's files. The comma is left out, as the standard has it for subjects, so that"
    " files and service mean the same. In an id that makes another id: then the collection counts as read in part.",
)
FILTER_IGNORED = Code(
    slug="filter_ignored",
    severity=Severity.NOTE,
    fix_at=FixAt.SOURCE,
    help="Ask the provider to honour filters, or read everything.",
    about="Rows came that are older than those that were asked for: the service does not filter by dateLastModified, or not by it alone. They are taken as"
    " they are; what is not among them did not count as gone anyway.",
)
