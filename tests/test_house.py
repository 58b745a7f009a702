"""The rules of the house that no linter knows: sizes, names, and that what is written about the code is so."""

import ast
import importlib
import inspect
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "oneroster_reconcile"
MODULES = sorted(SRC.rglob("*.py"))
FOLDERS = sorted({path.parent.name for path in MODULES if path.parent.parent == SRC})
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "changelog.d").glob("*.md")])

LONGEST = 400
PURE_UP_TO = "reconcile"
SHAPELESS = re.compile(r"(util|helper|manager|common|misc)", re.IGNORECASE)
FRAGMENT = re.compile(r"\d+(\.\d+)?\.(breaking|change|fix)(\.\d+)?\.md")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)")
NAMED_PATH = re.compile(r"`((?:[a-z_.0-9]+/)+(?:[a-z_0-9]+\.py)?)`")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported_modules() -> Iterator[ModuleType]:
    package = importlib.import_module("oneroster_reconcile")
    yield package
    for found in pkgutil.walk_packages(package.__path__, "oneroster_reconcile."):
        yield importlib.import_module(found.name)


def public_names() -> list[str]:
    """What the package's `__init__` exports, read from its text so that collecting tests imports nothing."""
    init = SRC / "__init__.py"
    for node in ast.parse(init.read_text(encoding="utf-8")).body if init.exists() else ():
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            return list(ast.literal_eval(node.value))
    return []


def undocumented_tests(file: Path) -> list[str]:
    functions = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)]
    return [node.name for node in functions if node.name.startswith("test_") and not ast.get_docstring(node)]


def home_of(name: str) -> str:
    """The module that a name of the package's `__init__` comes from."""
    for node in ast.walk(ast.parse((SRC / "__init__.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and name in [alias.asname or alias.name for alias in node.names]:
            return node.module or ""
    return "oneroster_reconcile"


def text_under(name: str, module: str) -> str:
    """The string under an assignment, which documents a constant or an alias."""
    body = ast.parse(inspect.getsource(importlib.import_module(module))).body
    for node, after in pairwise(body):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if name in [ast.unparse(target) for target in targets] and isinstance(after, ast.Expr):
            return str(ast.literal_eval(after.value)) if isinstance(after.value, ast.Constant) else ""
    return ""


def test_no_module_has_more_than_400_lines() -> None:
    """A module that outgrows a reader's patience says more than one noun."""
    assert [relative(path) for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST] == []


def test_modules_are_named_by_nouns_of_the_field() -> None:
    """No module or folder is called utils, helpers, manager or the like, and none hides behind an underscore."""
    parts = {part for path in MODULES for part in path.relative_to(SRC).with_suffix("").parts} - {"__init__", "__main__"}
    assert [part for part in sorted(parts) if SHAPELESS.search(part) or part.startswith("_")] == []


def test_every_folder_has_a_docstring() -> None:
    """The `__init__` of each folder says what the folder is for."""
    bare = [
        relative(path) for path in MODULES if path.name == "__init__.py" and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert bare == []
    assert [folder for folder in FOLDERS if not (SRC / folder / "__init__.py").exists()] == []


def test_what_a_module_says_is_public_exists() -> None:
    """Every module has an `__all__` where it has anything public, and every name in it can be imported."""
    for module in imported_modules():
        public = getattr(module, "__all__", None)
        own = [
            name
            for name in vars(module)
            if not name.startswith("_") and getattr(vars(module)[name], "__module__", "") == module.__name__
        ]
        assert public is not None or not own, f"{module.__name__} has {own} and no __all__"
        assert [name for name in public or () if not hasattr(module, name)] == [], module.__name__


def test_the_package_exports_something() -> None:
    """The package's `__init__` lists the public vocabulary, each name once and in order."""
    names = public_names()
    assert names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", public_names())
def test_a_public_name_comes_with_an_example(name: str) -> None:
    """A class, function or module of the public vocabulary shows itself in use; an alias or constant has a sentence under it."""
    value = getattr(importlib.import_module("oneroster_reconcile"), name)
    if isinstance(value, ModuleType):
        members = [getattr(value, member) for member in value.__all__]
        assert all(
            ">>>" in (inspect.getdoc(member) or "") for member in members if inspect.isroutine(member) or inspect.isclass(member)
        )
    elif (inspect.isclass(value) or inspect.isroutine(value)) and value.__name__ == name:
        assert ">>>" in (value.__doc__ or "")
    else:
        assert text_under(name, home_of(name)).strip()


def test_the_architecture_describes_every_folder() -> None:
    """Whoever opens ARCHITECTURE.md finds each folder of the package there."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert [folder for folder in FOLDERS if f"`{folder}/`" not in text] == []


def test_every_path_named_in_the_architecture_exists() -> None:
    """ARCHITECTURE.md sends nobody to a module or folder that is not there."""
    named = NAMED_PATH.findall((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    assert len(named) > 100
    assert [path for path in named if not (SRC / path).exists() and not (ROOT / path).exists()] == []


def test_links_between_pages_lead_somewhere() -> None:
    """A relative link in a page of the top level names a file that exists (the docs' own links are Sphinx's business)."""
    links = [(page, target) for page in PAGES for target in LINK.findall(page.read_text(encoding="utf-8"))]
    assert links
    assert [f"{relative(page)}: {target}" for page, target in links if not (page.parent / target).exists()] == []


def test_the_import_contracts_know_every_folder() -> None:
    """A folder is in the layers, and one up to `reconcile` is in the contract that forbids I/O."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = [layer.strip("()") for layer in contracts[0]["layers"]]
    pure = layers[layers.index(PURE_UP_TO) :]
    forbidden = {module.rpartition(".")[2] for module in contracts[1]["source_modules"]}
    assert [folder for folder in FOLDERS if folder not in layers] == []
    assert [folder for folder in FOLDERS if folder in pure and folder not in forbidden] == []


def test_changelog_fragments_are_named_for_towncrier() -> None:
    """A fragment is called `<issue>.<breaking|change|fix>.md`, or towncrier would not see it."""
    found = [path.name for path in (ROOT / "changelog.d").iterdir() if path.name != ".gitignore"]
    assert [name for name in found if not FRAGMENT.fullmatch(name)] == []


def test_every_test_says_what_must_hold() -> None:
    """Every test has a docstring."""
    assert [f"{relative(file)}: {name}" for file in TESTS for name in undocumented_tests(file)] == []


def test_no_lint_rule_about_size_is_switched_off() -> None:
    """The limits on functions bend for nobody: they are met by splitting."""
    switched_off = re.compile(r"#\s*noqa:.*\b(C901|PLR09\d\d)\b")
    assert [relative(path) for path in MODULES if switched_off.search(path.read_text(encoding="utf-8"))] == []
