"""Names beside the dots of a panel, placed so that they cover neither dots nor each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.text import Annotation, Text

from seqmem.analysis.figures.parts.theme import scaled
from seqmem.core.arrays import Array

# Lengths are in points, for text of 8 points: from a dot to a name, and half of a dot.
_GAPS = (4.0, 8.0, 14.0, 22.0, 32.0)
_DOT = 2.0
# A name that is further away than this from its dots gets a line to them.
_NEAR = 8.0
_ROUNDS = 4
# Between two names.
_APART = 1.5
# Costs: per square point that is covered, and of a name that is nearer to the dots of others.
_COVERED = 10.0
_AMBIGUOUS = 3.0
# Of a place that is not the preferred one.
_OTHER_PLACE = 1.0
# Up to this distance, a place is better the further away the dots of others are.
_FAR = 20.0
_SIDES = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y], dtype=float)


class Named(NamedTuple):
    """Dots with a name.

    Attributes
    ----------
    name : str
        The name.
    dots : array of float, shape (k, 2)
        Places of the dots in data coordinates.
    colour : str
        Colour of the name.
    prefers_right : bool
        Whether the name is best at the right of the dots, instead of their left.
    """

    name: str
    dots: Array
    colour: str
    prefers_right: bool


def put_names(ax: Axes, groups: Sequence[Named], size: float) -> None:
    """Put the name of each group of dots beside them, whenever the panel is drawn.

    Each name takes the side that its group prefers if nothing else is there. Otherwise it takes the
    nearest free place, with a thin line to its dots if that is not beside them.

    Parameters
    ----------
    ax : Axes
        The panel.
    groups : sequence of Named
        The groups, which are all the dots of the panel.
    size : float
        Size of the names in points.
    """
    names = []
    for group in groups:
        name = ax.annotate(
            group.name,
            tuple(group.dots[0]),
            xytext=(0, 0),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=size,
            color=group.colour,
            arrowprops={"arrowstyle": "-", "color": group.colour, "linewidth": scaled(0.4),
                        "shrinkA": 0, "shrinkB": scaled(_DOT)},
        )  # fmt: skip
        name.set_in_layout(False)
        names.append(name)
    ax.add_artist(_Placer(groups, names))


class _Placer(Artist):
    """Draws nothing, but moves names to their places before they are drawn."""

    # Below all lines and texts.
    zorder = -10

    def __init__(self, groups: Sequence[Named], names: Sequence[Annotation]) -> None:
        super().__init__()
        self._groups = groups
        self._names = names
        self.set_in_layout(False)

    def draw(self, renderer: RendererBase) -> None:
        """Move the names, for the present size of the panel."""
        ax = self.axes
        assert ax is not None
        page = ax.get_figure(root=True)
        assert page is not None
        to_points = 72 / page.dpi
        sizes = np.array([Text.get_window_extent(name, renderer).size for name in self._names])
        sizes = sizes * to_points
        dots = [ax.transData.transform(group.dots) * to_points for group in self._groups]
        frame = ax.get_window_extent(renderer).get_points() * to_points
        prefers_right = [group.prefers_right for group in self._groups]
        for number, centre in enumerate(placed(dots, sizes, frame, prefers_right)):
            name = self._names[number]
            distances = _distances(_boxes(centre[None], sizes[number])[0], dots[number])
            nearest = int(distances.argmin())
            name.xy = tuple(self._groups[number].dots[nearest])
            name.set_position(tuple(centre - dots[number][nearest]))
            assert name.arrow_patch is not None
            name.arrow_patch.set_visible(bool(distances[nearest] > scaled(_NEAR)))


def placed(
    dots: Sequence[Array], sizes: Array, frame: Array, prefers_right: Sequence[bool]
) -> Array:
    """Return where the names of groups of dots are placed. All lengths are in points.

    Parameters
    ----------
    dots : sequence of n arrays of float, shape (k, 2)
        Places of the dots of each group.
    sizes : array of float, shape (n, 2)
        Width and height of each name.
    frame : array of float, shape (2, 2)
        Lower left and upper right corner of the panel.
    prefers_right : sequence of n bool
        Whether each name is best at the right of its dots.

    Returns
    -------
    array of float, shape (n, 2)
        Centres of the names.

    Examples
    --------
    >>> import matplotlib as mpl
    >>> frame = np.array([[0.0, 0.0], [100.0, 50.0]])
    >>> with mpl.rc_context({"font.size": 8}):
    ...     placed([np.array([[20.0, 25.0]])], np.array([[30.0, 6.0]]), frame, [True]).tolist()
    [[39.0, 25.0]]
    """
    candidates = [
        _candidates(own, size, is_right)
        for own, size, is_right in zip(dots, sizes, prefers_right, strict=True)
    ]
    alone = [
        _costs_alone(_boxes(centres, sizes[number]), dots, number, frame)
        for number, centres in enumerate(candidates)
    ]
    with_margin = sizes + scaled(_APART)
    chosen = [int(costs.argmin()) for costs in alone]
    for _ in range(_ROUNDS):
        before = list(chosen)
        for number, centres in enumerate(candidates):
            boxes = _boxes(centres, with_margin[number])
            costs = alone[number].copy()
            for other, place in enumerate(chosen):
                if other != number:
                    box = _boxes(candidates[other][place][None], with_margin[other])[0]
                    costs += _COVERED * _common(boxes, box)
            chosen[number] = int(costs.argmin())
        if chosen == before:
            break
    return np.array([centres[place] for centres, place in zip(candidates, chosen, strict=True)])


def _candidates(dots: Array, size: Array, prefers_right: bool) -> Array:
    """Return centres of a name, the preferred one first, shape (m, 2)."""
    side = 1 if prefers_right else -1
    edge = (dots[:, 0] * side).max() * side
    preferred = (edge + side * (scaled(_GAPS[0]) + size[0] / 2), float(np.median(dots[:, 1])))
    offsets = [_SIDES * (size / 2 + scaled(gap)) for gap in _GAPS]
    # Beside a dot, but higher or lower by less than a line.
    shifted = [(x, y * size[1]) for x in (-1, 1) for y in (-0.75, -0.4, 0.4, 0.75)]
    offsets += [
        np.array([(x * (size[0] / 2 + scaled(gap)), y) for x, y in shifted]) for gap in _GAPS
    ]
    around = (dots[:, None] + np.concatenate(offsets)[None]).reshape(-1, 2)
    return np.concatenate([[preferred], around])


def _costs_alone(boxes: Array, dots: Sequence[Array], number: int, frame: Array) -> Array:
    """Return the costs of places of one name, without those of other names, shape (m,)."""
    costs = np.zeros(len(boxes))
    dot = scaled(_DOT)
    for place in np.concatenate(dots):
        costs += _COVERED * _common(boxes, np.array([place - dot, place + dot]))
    areas = np.prod(boxes[:, 1] - boxes[:, 0], axis=1)
    costs += _COVERED * (areas - _common(boxes, frame))
    near = _distances(boxes, dots[number]).min(axis=1) / scaled(1.0)
    others = np.full(len(boxes), np.inf)
    for own in (*dots[:number], *dots[number + 1 :]):
        others = np.minimum(others, _distances(boxes, own).min(axis=1) / scaled(1.0))
    away = np.abs(near - _GAPS[0])
    # The preferred place is beside the dots as a whole, not beside one of them.
    away[0] = -_OTHER_PLACE
    costs += away + np.maximum(_GAPS[0] - others, 0) + _AMBIGUOUS * (others < near)
    costs += _OTHER_PLACE * np.maximum(1 - others / _FAR, 0)
    return costs


def _boxes(centres: Array, size: Array) -> Array:
    """Return the boxes of names of one size, shape (m, 2, 2)."""
    boxes: Array = np.stack([centres - size / 2, centres + size / 2], axis=1)
    return boxes


def _common(boxes: Array, box: Array) -> Array:
    """Return the areas that boxes share with another one, shape (m,)."""
    sides = np.minimum(boxes[:, 1], box[1]) - np.maximum(boxes[:, 0], box[0])
    areas: Array = np.prod(np.maximum(sides, 0), axis=1)
    return areas


def _distances(boxes: Array, dots: Array) -> Array:
    """Return the distances of dots from boxes, shape (m, k), or (k,) from one box."""
    low, high = boxes[..., 0, None, :], boxes[..., 1, None, :]
    outside = np.maximum(np.maximum(low - dots, dots - high), 0)
    distances: Array = np.hypot(outside[..., 0], outside[..., 1])
    return distances
