"""Write the pages of the gallery: each figure with what it shows and the code that makes it.

The code is run when the site is built, on the shipped records. A figure that the same code drew
before from the same records is taken from ``build/gallery``.
"""

import contextlib
import hashlib
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gallery_examples import EXAMPLES, READ
from joblib import Memory

from seqmem.analysis.figures import ATLASES, CONTRASTS, FIGURES
from seqmem.analysis.figures.memorizer import MEMORIZER_FIGURES
from seqmem.analysis.figures.parts.figure import Figure

ROOT = Path(__file__).parents[1]
CACHE = Memory(ROOT / "build" / "gallery", verbose=0)
GROUPS: dict[str, dict[str, Figure]] = {
    "Figures of a sweep": dict(FIGURES),
    "Two settings": CONTRASTS,
    "Strings": {name: figure for name, (figure, _) in ATLASES.items()},
    "One trained memorizer": {name: figure for name, (figure, _) in MEMORIZER_FIGURES.items()},
}


def write(folder: Path) -> None:
    """Write all pages into a folder with their pictures, and remove others."""
    texts, pictures = {"index.md": index_page()}, {}
    for figures in GROUPS.values():
        for name, figure in figures.items():
            caption, pictures[f"{name}.png"] = drawn(EXAMPLES[name].code, _digest())
            texts[f"{name}.md"] = page_of(figure, caption)
    replace_files(folder, {name: text.encode() for name, text in texts.items()})
    replace_files(folder / "images", pictures)


def index_page() -> str:
    """Return the page with a thumbnail of every figure, in Markdown."""
    parts = [
        "# Gallery",
        "Every figure, with what it shows and the code that makes it from the records in"
        " `results`. Run the code in the folder of the repository, or give a folder of your own"
        " sweep.",
    ]
    for group, figures in GROUPS.items():
        cards = "\n\n".join(map(_card, figures.values()))
        parts.append(f"## {group}\n\n::::{{grid}} 1 2 3 3\n:gutter: 3\n\n{cards}\n\n::::")
    return "\n\n".join(parts) + "\n"


def page_of(figure: Figure, caption: str) -> str:
    """Return the page of a figure, in Markdown.

    Parameters
    ----------
    figure : Figure
        The figure.
    caption : str
        Its caption; empty if the code writes files.
    """
    example = EXAMPLES[figure.name]
    home = figure.compute.__module__.removeprefix("seqmem.").replace(".", "/")
    parts = [
        f"# {figure.title}",
        example.text,
        f"![{_sentence(figure.help)}](images/{figure.name}.png)",
        caption,
        f"## The code\n\n```python\n{example.code}```",
        "In a notebook, `figure` shows the picture, `figure.caption` is the text above, and"
        " `figure.data` is the frame of its numbers."
        if caption
        else "The files are a PDF, an SVG, a PNG and a CSV of the numbers.",
    ]
    if example.command:
        parts.append(f"The command line draws it too:\n\n```bash\n{example.command}```")
    facts = [] if figure.name in ATLASES else [f"- **Needs**: {figure.needs}."]
    facts.append(f"- **Source**: [`{home}.py`](../../{home}.py)")
    return "\n\n".join(filter(None, [*parts, "\n".join(facts)])) + "\n"


@CACHE.cache
def drawn(code: str, digest: str) -> tuple[str, bytes]:
    """Run the code of a page; return the caption and the picture as PNG.

    Parameters
    ----------
    code : str
        The code.
    digest : str
        Digest of all that the result depends on besides.
    """
    namespace: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name in READ:
            Path(name).symlink_to(ROOT / name)
        exec(compile(code, "the code of a gallery page", "exec"), namespace)
        if "figure" in namespace:
            return namespace["figure"].caption, namespace["figure"].png
        (picture,) = (path for path in namespace["files"] if path.suffix == ".png")
        return "", picture.read_bytes()


def replace_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder hold these files and no other; leave files alone that are the same."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_file() and path.name not in files:
            path.unlink()
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)


@cache
def _digest() -> str:
    """Return a digest of the package, the records and the versions of other packages."""
    paths = [ROOT / "constraints.txt", *sorted((ROOT / "sweeps" / "presets").glob("*.toml"))]
    for folder in ("src/seqmem", "generators", "study", "sweeps", "analysis"):
        paths += sorted((ROOT / folder).rglob("*.py"))
    for folder in READ:
        paths += sorted((ROOT / folder).rglob("*.parquet"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _card(figure: Figure) -> str:
    text = _sentence(figure.help)
    return (
        f":::{{grid-item-card}} {figure.title}\n:link: {figure.name}\n:link-type: doc\n"
        f":img-top: images/{figure.name}.png\n:img-alt: {text}\n\n{text}\n:::"
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
