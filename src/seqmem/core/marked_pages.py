"""Pages with computed parts between comments that name them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping


def with_parts(page: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """Return the page with every part between `<!-- NAME -->` and `<!-- end NAME -->` replaced.

    The first comment may have a remark after the name and a colon.

    Parameters
    ----------
    page : str
        The page.
    parts : mapping of str to callable
        Function that returns the text of each part, by the part's name.

    Raises
    ------
    ValueError
        The page has no comments for a part.

    Examples
    --------
    >>> print(with_parts("<!-- x: a remark -->old<!-- end x -->", {"x": lambda: "new"}))
    <!-- x: a remark -->
    new
    <!-- end x -->
    """
    for name, make_text in parts.items():
        pattern = re.compile(f"(<!-- {name}(?:: [^\n]*)? -->).*?(<!-- end {name} -->)", re.DOTALL)
        marks = pattern.search(page)
        if marks is None:
            raise ValueError(f"the page lacks '<!-- {name} --> … <!-- end {name} -->'")
        part = f"{marks[1]}\n{make_text()}\n{marks[2]}"
        page = page[: marks.start()] + part + page[marks.end() :]
    return page
