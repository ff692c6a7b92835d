"""Pages written by hand with parts that are computed, between comments that name them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping


def with_parts(page: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """The page with every part between `<!-- NAME -->` and `<!-- end NAME -->` made anew.

    Raises
    ------
    ValueError
        A part has no place in the page.

    Examples
    --------
    >>> print(with_parts("<!-- x -->old<!-- end x -->", {"x": lambda: "new"}))
    <!-- x -->
    new
    <!-- end x -->
    """
    for name, make in parts.items():
        place = re.compile(f"(<!-- {name} -->).*?(<!-- end {name} -->)", re.DOTALL)
        if not place.search(page):
            raise ValueError(f"the page has no place '<!-- {name} --> … <!-- end {name} -->'")
        made = make()
        page = place.sub(lambda found, made=made: f"{found[1]}\n{made}\n{found[2]}", page)  # type: ignore[misc]
    return page
