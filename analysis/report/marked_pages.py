"""Pages with computed parts between comments that name them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping


def with_parts(page: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """Return the page with every part between `<!-- NAME -->` and `<!-- end NAME -->` replaced.

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
    >>> print(with_parts("<!-- x -->old<!-- end x -->", {"x": lambda: "new"}))
    <!-- x -->
    new
    <!-- end x -->
    """
    for name, make in parts.items():
        pattern = re.compile(f"(<!-- {name} -->).*?(<!-- end {name} -->)", re.DOTALL)
        if not pattern.search(page):
            raise ValueError(f"the page lacks '<!-- {name} --> … <!-- end {name} -->'")
        made = make()
        page = pattern.sub(lambda match, made=made: f"{match[1]}\n{made}\n{match[2]}", page)  # type: ignore[misc]
    return page
