"""What is wrong with a service that a roster is read from live, and what the reader did about it."""

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import FixAt, Severity

__all__ = [
    "COLLECTION_REFUSED",
    "COLLECTION_UNREADABLE",
    "OBJECT_FORM",
    "PAGE_CLAMPED",
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
