"""Which keys were seen before, in a whole file of any length."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

_MERGE_BELOW = 4_000_000  # keys; larger blocks are searched but no longer merged, which bounds the peak


class SeenKeys:
    """Remembers 64-bit hashes of keys, 8 bytes each.

    Two different keys share a hash with probability 4e-5 in a file of 40 million rows.
    """

    def __init__(self) -> None:
        self._blocks: list[npt.NDArray[np.uint64]] = []

    def repeated(self, keys: pl.DataFrame) -> npt.NDArray[np.bool_]:
        """Say which rows repeat a key of an earlier row, and remember all of them.

        Parameters
        ----------
        keys
            The key columns of a batch; a missing value counts as a value.

        Returns
        -------
        numpy.ndarray
            Shape (rows,).
        """
        hashes = keys.hash_rows(seed=7).to_numpy()
        unique, first = np.unique(hashes, return_index=True)
        repeated = np.ones(len(hashes), dtype=np.bool_)
        repeated[first] = self._known(unique)
        self._remember(unique[~repeated[first]])
        return repeated

    def _known(self, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        known = np.zeros(len(hashes), dtype=np.bool_)
        for block in self._blocks:
            places = np.minimum(np.searchsorted(block, hashes), len(block) - 1)
            known |= block[places] == hashes
        return known

    def _remember(self, hashes: npt.NDArray[np.uint64]) -> None:
        if not len(hashes):
            return
        self._blocks.append(hashes)
        while len(self._blocks) > 1 and len(self._blocks[-2]) < min(2 * len(self._blocks[-1]), _MERGE_BELOW):
            last = self._blocks.pop()
            self._blocks[-1] = np.sort(np.concatenate([self._blocks[-1], last]), kind="stable")
