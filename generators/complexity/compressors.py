"""Compressed size in bytes.

Each symbol is one byte, or two bytes for alphabets beyond 256 symbols. Headers are included, except
for LZMA. Other versions of the compression libraries may give slightly other numbers.
"""

import bz2
import lzma
import zlib

import numpy as np

_LZMA = [{"id": lzma.FILTER_LZMA2, "preset": 6}]


def as_bytes(symbols: np.ndarray) -> bytes:
    r"""Return the symbols as bytes.

    Symbols are two bytes each (little-endian) if one byte is too small.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Examples
    --------
    >>> as_bytes(np.array([1, 300]))
    b'\x01\x00,\x01'
    """
    return symbols.astype(np.uint8 if int(symbols.max()) < 256 else "<u2").tobytes()


def zlib_bytes(symbols: np.ndarray) -> int:
    """Return the size after zlib at level 9 (LZ77 and Huffman codes, RFC 1950).

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Returns
    -------
    int
        Size in bytes.

    Examples
    --------
    >>> zlib_bytes(np.zeros(1000, dtype=int)) < 20
    True
    """
    return len(zlib.compress(as_bytes(symbols), 9))


def bz2_bytes(symbols: np.ndarray) -> int:
    """Return the size after bzip2 at level 9 (Burrows–Wheeler transform and Huffman codes).

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Returns
    -------
    int
        Size in bytes.

    Examples
    --------
    >>> bz2_bytes(np.zeros(1000, dtype=int)) < 50
    True
    """
    return len(bz2.compress(as_bytes(symbols), 9))


def lzma_bytes(symbols: np.ndarray) -> int:
    """Return the size of the raw LZMA2 stream at preset 6 (LZ77 and range codes).

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Returns
    -------
    int
        Size in bytes.

    Examples
    --------
    >>> lzma_bytes(np.zeros(1000, dtype=int)) < 20
    True
    """
    return len(lzma.compress(as_bytes(symbols), format=lzma.FORMAT_RAW, filters=_LZMA))
