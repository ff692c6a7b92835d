"""Compressed size in bytes: one byte per symbol (two beyond 256 symbols), headers of the format not included in lzma.

What the libraries of this Python give; another version of a library may give some bytes more or less.
"""

import bz2
import lzma
import zlib

import numpy as np

_LZMA = [{"id": lzma.FILTER_LZMA2, "preset": 6}]


def as_bytes(symbols: np.ndarray) -> bytes:
    """Return the symbols as bytes, two for each (little-endian) where one is too few.

    >>> as_bytes(np.array([1, 300]))
    b'\\x01\\x00,\\x01'
    """
    return symbols.astype(np.uint8 if int(symbols.max()) < 256 else "<u2").tobytes()


def zlib_bytes(symbols: np.ndarray) -> int:
    """Return the size after zlib (LZ77 and Huffman codes, RFC 1950) at level 9.

    >>> zlib_bytes(np.zeros(1000, dtype=int)) < 20
    True
    """
    return len(zlib.compress(as_bytes(symbols), 9))


def bz2_bytes(symbols: np.ndarray) -> int:
    """Return the size after bzip2 (Burrows–Wheeler transform and Huffman codes) at level 9.

    >>> bz2_bytes(np.zeros(1000, dtype=int)) < 50
    True
    """
    return len(bz2.compress(as_bytes(symbols), 9))


def lzma_bytes(symbols: np.ndarray) -> int:
    """Return the size of the raw LZMA2 stream (LZ77 and range codes) at preset 6.

    >>> lzma_bytes(np.zeros(1000, dtype=int)) < 20
    True
    """
    return len(lzma.compress(as_bytes(symbols), format=lzma.FORMAT_RAW, filters=_LZMA))
