"""Sphinx configuration of the documentation site, which ``make docs`` builds.

The source folder of Sphinx is the root of the repository, so each page has the path of its file
and a relative link means the same on the site and on a code host. `NAVIGATION` holds the order of
the pages; the pages themselves need no directives for it.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path.insert(0, str(DOCS))

import make_gallery  # noqa: E402
import make_reference  # noqa: E402

project = "seqmem"
author = "The seqmem authors"
html_title = "seqmem"
root_doc = "docs/index"
extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_design",
]
include_patterns = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "RESULTS.md",
    "analysis/notebooks/*.ipynb",
    "analysis/notebooks/README.md",
    "docs/**",
    "results/README.md",
    "results/study-1/discussion.md",
]
# Folders without pages, which need not be searched.
exclude_patterns = [".*", "build", "runs", "src", "tests", "results/*/*/**"]

# The pages below each page, in order; ``*`` stands for all others of a folder. The first level is
# the bar at the top of the site.
NAVIGATION = {
    "docs/index": [
        "Start </docs/tutorial>",
        "Concepts </docs/concepts>",
        "Glossary </docs/glossary>",
        "How-to </docs/how-to/README>",
        "Gallery </docs/gallery/index>",
        "Notebooks </analysis/notebooks/README>",
        "Commands </docs/commands>",
        "API </docs/api/index>",
        "Methods </docs/methods>",
        "Results </RESULTS>",
        "Architecture </docs/architecture>",
        "Contributing </CONTRIBUTING>",
        "Changelog </CHANGELOG>",
    ],
    "docs/concepts": ["/docs/families"],
    "docs/how-to/README": ["/docs/how-to/own-data", "/docs/how-to/strings", "/docs/how-to/*"],
    "docs/how-to/your-own": ["/docs/examples/plugin/README"],
    "docs/gallery/index": [
        f"/docs/gallery/{name}" for figures in make_gallery.GROUPS.values() for name in figures
    ],
    "analysis/notebooks/README": ["/analysis/notebooks/0*"],
    "docs/methods": [
        "/docs/preregistration/README",
        "/docs/validation",
        "/docs/performance",
    ],
    "docs/preregistration/README": ["/docs/preregistration/study-*"],
    "RESULTS": ["/docs/limits", "/results/study-1/discussion", "/results/README"],
}

nitpicky = True
# In texts that are no code, such as help texts, `--` is the beginning of an option.
smartquotes = False
# Names in single backticks become links if they are public, and code otherwise.
default_role = "py:obj"
autodoc_typehints = "none"
autodoc_class_signature = "mixed"
numpydoc_show_class_members = True
numpydoc_show_inherited_class_members = False
numpydoc_class_members_toctree = False
autosummary_generate = False

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
# Their outputs are committed; a slow test runs them again and compares.
nb_execution_mode = "off"

html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
# Summaries are fetched from the pages, which a browser refuses for pages that are files.
html_show_search_summary = False
html_theme_options = {
    "logo": {"text": "seqmem"},
    "header_links_before_dropdown": 10,
    "navbar_align": "left",
    "navigation_with_keys": False,
    "show_prev_next": True,
    "footer_start": [],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_context = {"default_mode": "auto"}
# Pages of the bar at the top without pages below them need no sidebar.
html_sidebars = {
    page: []
    for page in (
        "docs/tutorial",
        "docs/glossary",
        "docs/commands",
        "docs/architecture",
        "CHANGELOG",
        "CONTRIBUTING",
    )
}


def write_pages(app: Sphinx) -> None:
    """Write the pages that are made from the code: the gallery and the reference."""
    make_gallery.write(DOCS / "gallery")
    make_reference.write(DOCS / "api")


def add_navigation(app: Sphinx, docname: str, source: list[str]) -> None:
    """Add the pages below a page to it, as a table of contents that only the sidebar shows."""
    if docname in NAVIGATION:
        entries = "\n".join(NAVIGATION[docname])
        source[0] += f"\n\n:::{{toctree}}\n:hidden:\n:glob:\n\n{entries}\n:::\n"


def keep_report_links(app: Sphinx, doctree: nodes.document) -> None:
    """Turn links to report pages from downloads into links, because their figures lie beside."""
    for link in list(doctree.findall(addnodes.download_reference)):
        if link["reftarget"].endswith(".html"):
            link.replace_self(
                nodes.reference("", "", *link.children, refuri=link["reftarget"], internal=True)
            )


def resolve_other_name(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.Element
) -> nodes.Node | None:
    """Resolve a public object by another of its names; leave other names in backticks as code."""
    if node.get("refdomain") != "py" or node.get("reftype") != "obj":
        return None
    domain: Any = env.domains["py"]
    target = node["reftarget"]
    # As it is written in the docstring, after `from seqmem import …`, and within its module.
    for name in (target, f"seqmem.{target}", f"{node.get('py:module')}.{target}"):
        home = make_reference.homes_by_name().get(name, name)
        found = domain.resolve_xref(env, node["refdoc"], app.builder, "obj", home, node, content)
        if found is not None:
            return found
    return content


def add_files(app: Sphinx, error: Exception | None) -> None:
    """Add the reports that pages link to, and a front page that leads to the first page."""
    if error is None and app.builder.format == "html":
        for folder in (ROOT / "results").glob("study-*/report"):
            report = folder.relative_to(ROOT)
            shutil.copytree(folder, app.outdir / report, dirs_exist_ok=True)
        front = f'<!doctype html><meta http-equiv="refresh" content="0; url={root_doc}.html">\n'
        (app.outdir / "index.html").write_text(front, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect the functions above."""
    app.connect("builder-inited", write_pages)
    app.connect("source-read", add_navigation)
    # Before Sphinx collects the files to download.
    app.connect("doctree-read", keep_report_links, priority=400)
    app.connect("missing-reference", resolve_other_name)
    app.connect("build-finished", add_files)
