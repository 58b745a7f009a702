"""The catalogue is fit to print, and the pages say what the code says."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.issues.catalogue import CATALOGUE, FAMILIES
from oneroster_reconcile.issues.codes import Code
from tests.test_docs import DOCS, district, names_after

SLUG = re.compile(r"[a-z]+(_[a-z]+)*")


def _extension() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS))
        return importlib.import_module("catalogue")


def test_no_two_codes_have_one_name() -> None:
    """A code is found by its slug."""
    codes = [value for module in FAMILIES.values() for value in vars(module).values() if isinstance(value, Code)]
    assert len({code.slug for code in codes}) == len(codes) == len(CATALOGUE)


@pytest.mark.parametrize("slug", CATALOGUE)
def test_a_code_says_what_to_do_in_one_sentence(slug: str) -> None:
    """The slug is readable, the help is one sentence, and the page explains it."""
    code = CATALOGUE[slug]
    assert SLUG.fullmatch(slug)
    assert code.help.endswith(".")
    assert not re.search(r"\. [A-Z]", code.help)
    assert code.help[0].isupper()
    assert len(code.about) > 40
    assert code.about.endswith(".")


def test_each_code_has_a_section() -> None:
    """The page of issues is made from the catalogue."""
    text = "\n".join(_extension().sections())
    assert [slug for slug in CATALOGUE if f"\n### {slug}\n" not in text] == []
    assert [slug for slug, code in CATALOGUE.items() if code.about not in text or code.help not in text] == []


def test_pages_ask_for_what_is_made() -> None:
    """Each mark stands in one page."""
    pages = [path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")]
    assert [sum(place in page for page in pages) for place in _extension().PLACES] == [1] * len(_extension().PLACES)


def test_the_programs_on_the_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the page on validation tells a reader to type works."""
    monkeypatch.chdir(tmp_path)
    orr.write_csv(district(), "district.zip")
    names = names_after("validation.md")
    assert not len(names["report"].errors)
    assert "required_column_inaccessible" in capsys.readouterr().out
