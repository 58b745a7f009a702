"""A Sphinx extension that writes `llms.txt` beside the pages: what there is to read, a line a page, with the Markdown that each is made of."""

from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

_LONGEST = 200


def text_of(env, config) -> str:
    """The whole file, in the order and under the captions of the front page."""
    front = env.get_doctree(config.root_doc)
    tagline = next(iter(front.findall(nodes.paragraph))).astext().replace("\n", " ")
    parts = [f"# {config.project}\n", f"> {tagline}\n"]
    for tree in front.findall(addnodes.toctree):
        parts += [f"## {tree['caption']}\n", *_lines(env, tree["includefiles"]), ""]
    return "\n".join(parts)


def _lines(env, pages) -> Iterator[str]:
    for page in pages:
        yield f"- [{env.titles[page].astext()}](_sources/{env.doc2path(page, base=False)}.txt): {_opening(env.get_doctree(page))}"
        yield from _lines(env, env.toctree_includes.get(page, ()))


def _opening(tree) -> str:
    words = " ".join(next(iter(tree.findall(nodes.paragraph)), nodes.paragraph()).astext().split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rsplit(' ', 1)[0]} …"


def _write(app, failure):
    if failure is None and app.builder.name == "html":
        (Path(app.outdir) / "llms.txt").write_text(text_of(app.env, app.config), encoding="utf-8")


def setup(app):
    """Tell Sphinx."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True}
