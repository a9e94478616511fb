"""The tree of demand: which series add up to which, from the total down to the SKU-channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

TOTAL = "ALL"


@dataclass(frozen=True, slots=True)
class Tree:
    """Series in levels, each the sum of those below it.

    Values of all series stand in one array, a row a series: the levels from the top down, each in the order of
    ``codes``.

    Attributes:
        levels: names of the levels, top first.
        codes: codes of the series by level.
        parents: by level, the position of each series' parent within the level above; empty for the top.
    """

    levels: tuple[str, ...]
    codes: tuple[tuple[str, ...], ...]
    parents: tuple[np.ndarray, ...]

    @property
    def size(self) -> int:
        """Number of series of all levels."""
        return sum(len(codes) for codes in self.codes)

    @property
    def bottom(self) -> int:
        """Position of the lowest level."""
        return len(self.levels) - 1

    def rows(self, level: int) -> slice:
        """Return the rows of a level."""
        start = sum(len(codes) for codes in self.codes[:level])
        return slice(start, start + len(self.codes[level]))

    def up(self, values: np.ndarray, level: int) -> np.ndarray:
        """Return the values of the level above: sums of the rows of ``level``."""
        summed = np.zeros((len(self.codes[level - 1]), *values.shape[1:]), dtype=values.dtype)
        np.add.at(summed, self.parents[level], values)
        return summed

    def add_up(self, leaves: np.ndarray) -> np.ndarray:
        """Return the values of all series from those of the lowest level."""
        parts = [leaves]
        for level in range(self.bottom, 0, -1):
            parts.insert(0, self.up(parts[0], level))
        return np.concatenate(parts)

    def leaves_of(self, level: int) -> np.ndarray:
        """Return, for each leaf, the position of its ancestor within a level."""
        above = np.arange(len(self.codes[self.bottom]))
        for lower in range(self.bottom, level, -1):
            above = self.parents[lower][above]
        return above

    def only_children(self) -> np.ndarray:
        """Return, for each series, the row of the single leaf that makes it up, or −1 where there are several."""
        first = self.rows(self.bottom).start
        parts = []
        for level in range(len(self.levels)):
            above = self.leaves_of(level)
            count = np.bincount(above, minlength=len(self.codes[level]))
            leaf = np.zeros(len(self.codes[level]), dtype=int)
            leaf[above] = np.arange(above.size)
            parts.append(np.where(count == 1, first + leaf, -1))
        return np.concatenate(parts)


def make_tree(paths: Sequence[Sequence[str]], levels: Sequence[str]) -> Tree:
    """Return the tree of leaves that are given by their codes from the top level down.

    Args:
        paths: for each leaf its code at every level below the total, top first; a code may stand under one parent only.
        levels: names of those levels; the total is added on top.

    Raises:
        ValueError: a code stands under two parents, a leaf comes twice, or there is no leaf.
    """
    if not paths:
        raise ValueError("a tree needs at least one leaf")
    codes: list[tuple[str, ...]] = [(TOTAL,)]
    parents: list[np.ndarray] = [np.empty(0, dtype=int)]
    for depth, name in enumerate(levels):
        above: dict[str, str] = {}
        for path in paths:
            parent = path[depth - 1] if depth else TOTAL
            if above.setdefault(path[depth], parent) != parent:
                raise ValueError(f"{name} {path[depth]} stands under {above[path[depth]]} and {parent}")
        position = {code: row for row, code in enumerate(codes[-1])}
        known = tuple(above) if depth == len(levels) - 1 else tuple(sorted(above))
        codes.append(known)
        parents.append(np.array([position[above[code]] for code in known], dtype=int))
    if len(codes[-1]) != len(paths):
        raise ValueError("a leaf comes twice")
    return Tree(("total", *levels), tuple(codes), tuple(parents))


def stacked(tree: Tree, by_level: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the values of all series from those of each level by name."""
    return np.concatenate([by_level[name] for name in tree.levels])
