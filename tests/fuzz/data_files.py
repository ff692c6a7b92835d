"""Files of the user's data: tables, sequences and texts, with one or two odd things in them."""

import csv
import gzip
import io
import random
from pathlib import Path

from tests.fuzz.laws import Case

WORDS = (
    "ACGT",
    "abba",
    "x y",
    "é",
    "漢字",
    "q'r",
    'a "b"',
    "01101",
    "601_1",
    "NA",
    "",
    "a\nb",
    "+",
)
NUMBERS = (
    "0",
    "1.5",
    "-2",
    "3e4",
    ".5",
    "1,5",
    "1.234,5",
    "12%",
    "−3",
    "1 000",
    "nan",
    "1e999",
    "007",
)
DELIMITERS = (",", ";", "\t", "|", " ")
SUFFIXES = (".csv", ".tsv", ".txt", ".fa", ".fastq", ".dat", "")
ODD_BYTES = (b"\x00", b"\xff", b"\xef\xbb\xbf", b"\x1b[31m", b"\r", b'"', b"\xe2\x80\xa8", b"$x_{$")
OPTIONS = (
    ("--format", ("csv", "fasta", "fastq", "text", "pdf")),
    ("--encoding", ("latin-1", "utf-16", "utf-7", "punycode", "rot13", "klingon")),
    ("--column", ("1", "0", "99", "a", "string", "")),
    ("--delimiter", (*DELIMITERS, "ab", "")),
    ("--decimal", (",", ".", ";")),
    ("--values", ("strings", "symbols", "numbers")),
    ("--missing", ("drop", "interpolate", "split")),
    ("--series", ("rows", "columns")),
    ("--label", ("1", "a")),
    ("--bins", ("2", "9", "-1", "99999")),
    ("--bins-by", ("quantiles", "gaussian", "sax")),
    ("--segment", ("2", "0", "9999")),
    ("--drop-symbols", ("-*", "ACGT")),
    ("--by-line", ()),
    ("--upper", ()),
    ("--header", ()),
    ("--no-header", ()),
)  # fmt: skip


def random_table(rng: random.Random) -> str:
    """Return a table of words and numbers under a header."""
    file = io.StringIO()
    writer = csv.writer(
        file,
        delimiter=rng.choice(DELIMITERS),
        quoting=rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
        lineterminator=rng.choice(("\n", "\r\n", "\r")),
    )
    width = rng.randint(1, 4)
    kinds = [rng.choice((WORDS, NUMBERS, NUMBERS[:5])) for _ in range(width)]
    if rng.random() < 0.8:
        writer.writerow(rng.choice(("string", "a", "1", "", "load")) for _ in range(width))
    for _ in range(rng.randint(0, 30)):
        writer.writerow(rng.choice(kind) for kind in kinds)
    return file.getvalue()


def random_sequences(rng: random.Random) -> str:
    """Return records of FASTA or FASTQ."""
    lines = []
    for number in range(rng.randint(0, 6)):
        residues = "".join(rng.choices("ACGTNacgt-*", k=rng.randint(0, 60)))
        lines += [f">{number}", residues] if rng.random() < 0.7 else ["@x", residues, "+", residues]
    return "\n".join(lines)


def random_text(rng: random.Random) -> str:
    """Return lines of letters or of numbers."""
    signs = rng.choice(("ab \n", "0123456789.\n", "<>{}[]\"',;\n", "\u2028\x0c\x85ab\n"))
    return "".join(rng.choices(signs, k=rng.randint(0, 200)))


def odd_files(rng: random.Random, folder: Path) -> list[Case]:
    """Return command lines that read an odd file with odd options."""
    content = rng.choice((random_table, random_table, random_sequences, random_text))(rng).encode()
    fault = "as it is"
    if rng.random() < 0.5:
        at = rng.randrange(len(content) + 1)
        odd = rng.choice(ODD_BYTES)
        content = content[:at] + odd + content[at:]
        fault = f"{odd!r} at {at}"
    if rng.random() < 0.1:
        content = gzip.compress(content, mtime=0)[: rng.choice((None, -3))]
    path = folder / f"data{rng.choice(SUFFIXES)}"
    path.write_bytes(content)
    words = []
    for option, values in rng.sample(OPTIONS, k=rng.choice((0, 1, 1, 2, 3))):
        words += [option, rng.choice(values)] if values else [option]
    commands = [["measure", "--file", str(path)], ["train", *TRAINED, "--file", str(path)]]
    return [Case([*command, *words], fault, folder) for command in commands]


TRAINED = ("--cell", "gru", "--units", "4", "--budget", "1 steps")
