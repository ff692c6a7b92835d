"""Code lengths and measures have the same bits on every processor, so run ids do too."""

import os
import subprocess
import sys

import pytest

from seqmem.generators.complexity.entropy import floor_bits
from seqmem.generators.targeting import generate

# The last bit of each code length once depended on NumPy's exponentials or on BLAS.
CODE_LENGTHS = {(2, 14, 2): "0x1.3da543294c3d4p+8", (3, 12, 1): "0x1.e8e8320e01134p+7"}
MEASURED = """
from tests.generators.test_instruction_sets import measured
print(*measured(), sep="\\n")
"""


def measured() -> list[str]:
    """Return code lengths and floors of Markov strings, to the last bit."""
    lines = []
    for order, model in [(1, 3), (2, 14), (3, 12), (3, 5), (4, 1)]:
        parameters = {"order": order, "model": model}
        string = generate(
            "markov", alphabet_size=4, target=100, seed=1 + order % 2, parameters=parameters
        )
        floor = floor_bits(string.symbols, string.alphabet_size)
        lines.append(f"{string.string_id} {string.reference_bits.hex()} {float(floor).hex()}")
    return lines


@pytest.mark.parametrize(("chain", "bits"), CODE_LENGTHS.items())
def test_code_lengths_to_the_last_bit(chain: tuple[int, int, int], bits: str) -> None:
    order, model, seed = chain
    parameters = {"order": order, "model": model}
    string = generate("markov", alphabet_size=4, target=100, seed=seed, parameters=parameters)
    assert string.reference_bits.hex() == bits


@pytest.mark.slow
def test_bits_without_the_instruction_sets_of_this_processor() -> None:
    fewer = {
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "OPENBLAS_CORETYPE": "Haswell",
    }
    ended = subprocess.run(
        # NumPy warns of features that the processor does not have.
        [sys.executable, "-W", "ignore", "-c", MEASURED],
        env=os.environ | fewer,
        check=True,
        capture_output=True,
        text=True,
    )
    assert ended.stdout.splitlines() == measured()
