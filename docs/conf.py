"""How Sphinx builds these pages: `make docs`, or `sphinx-build -W docs docs/_build`."""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "docs")]
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = _PROJECT["name"]
author = "The oneroster-reconcile authors"
release = version = _PROJECT["version"]

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "catalogue", "llms"]
# A field called `type` is not what `type[...]` in a signature means.
suppress_warnings = ["ref.python"]
# What the notebooks were when they ran lies beside `_build`.
exclude_patterns = ["_build", "jupyter_execute"]
# Docstrings put code between single backticks.
default_role = "literal"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# A notebook is run each time the pages are built, and a page that cannot be run is an error.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = project
html_show_copyright = False
