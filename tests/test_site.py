"""The pages as they were built (`make docs`): every link leads somewhere, nothing is wider than a phone, and axe-core has nothing to object."""

import os
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.test_docs import DOCS

SITE = DOCS / "_build"
LOOKED_AT = ("index.html", "tutorial.html", "guides/undo.html", "notebooks/a_year_of_nights.html")
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
BORROWED = frozenset({"genindex.html", "py-modindex.html", "search.html"})
"""Pages that the theme makes."""


@pytest.fixture(scope="module")
def site() -> Path:
    """The folder of the pages."""
    if not (SITE / "llms.txt").exists():
        reason = "the pages were not built; make docs builds them, and then runs this"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return SITE


class Anchors(HTMLParser):
    """The links of a page, and what can be linked to in it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.update(filter(None, [given.get("id"), given.get("name") if tag == "a" else None]))
        if (link := given.get("href" if tag in ("a", "link") else "src")) and not urlsplit(link).scheme:
            self.links.add(link)


def anchors(site: Path) -> Mapping[Path, Anchors]:
    """Those of every page."""
    found = {}
    for page in site.rglob("*.html"):
        found[page] = Anchors()
        found[page].feed(page.read_text(encoding="utf-8"))
    return found


def leads_nowhere(page: Path, link: str, found: Mapping[Path, Anchors]) -> bool:
    """Whether the file or the place in it is missing."""
    parts = urlsplit(link)
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target.is_dir() or not target.exists():
        return True
    return bool(parts.fragment) and target in found and unquote(parts.fragment) not in found[target].ids


def test_every_link_within_the_pages_leads_somewhere(site: Path) -> None:
    """A file that is linked to is there, and so is the place in it."""
    found = anchors(site.resolve())
    links = [(page, link) for page, those in found.items() if page.name not in BORROWED for link in sorted(those.links)]
    assert len(links) > 1000
    assert [f"{page.relative_to(site.resolve())}: {link}" for page, link in links if leads_nowhere(page, link, found)] == []


def test_the_list_for_machines_names_every_page_once(site: Path) -> None:
    """llms.txt has the Markdown of each page that a person can reach."""
    text = (site / "llms.txt").read_text(encoding="utf-8")
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md") if SITE not in page.parents} - {"index.md"}
    assert [page for page in sorted(pages) if text.count(f"(_sources/{page}.txt)") != 1] == []
    assert [page for page in pages if not (site / "_sources" / f"{page}.txt").exists()] == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_and_can_be_read(site: Path, browser: Any, size: str, scheme: str) -> None:
    """Nothing is wider than the screen, and no rule of axe-core about contrast, names and order is violated."""
    from axe_playwright_python.sync_playwright import Axe

    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    for name in LOOKED_AT:
        page = context.new_page()
        page.goto((site / name).resolve().as_uri())
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        found = Axe().run(
            page, options={"runOnly": ["color-contrast", "image-alt", "link-name", "document-title", "html-has-lang"]}
        )
        assert [(name, each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []
        page.close()
    context.close()
