"""Seeded damage: files as offices and networks break them, for intake to survive.

``python tests/mutations.py --count 10000`` reads that many in a process of its own and tells how
they ended; a crash or a hang names the seed, with which the file can be made again.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from filing_samples import csv_bytes, headers, national, read, rows, workbook

from pipelines.core.dictionary import dictionary
from pipelines.s2_lake import is_own_fault

SECONDS_EACH = 60.0
Grid = list[list[str]]


@dataclass(frozen=True)
class Mutation:
    """A damaged file; ``rows_read`` is what must be counted, where the damage leaves that known."""

    path: Path
    kind: str
    rows_read: int | None = None


def grid(rng: random.Random) -> tuple[str, Grid]:
    """Return a table's alias with header and some rows."""
    alias = rng.choice(list(dictionary().tables))
    return alias, [headers(alias), *rows(alias, rng.randint(1, 25), rng.randint(0, 10**6))]


# --- damage to cells: the file itself is whole, so every row must be accounted for ------------

JUNK = (
    "",
    " ",
    "　",
    "合计",
    "填报人:",
    "#REF!",
    "1.2E+17",
    "=1+1",
    "+86",
    "@",
    "'",
    "无",
    "-",
    "1,2,3",
    "2019-02-30",
    "二〇二〇",
    "99999999999999999999",
    "NaN",
    "\u200b\ufeff",
    "🙂",
    "a\tb",
    "0x1F",
    "(5)",
    "5%",
    "√",
    "因病、因残/因学",
)


def damage_cells(content: Grid, rng: random.Random) -> None:
    """Spoil, swap, blank, repeat, shift and cut rows and cells below the header."""
    for _ in range(rng.randint(1, 15)):
        at = rng.randrange(1, len(content))
        row = content[at]
        match rng.randrange(8):
            case 0 if row:
                row[rng.randrange(len(row))] = rng.choice(JUNK)
            case 1 if len(row) > 1:
                one, two = rng.sample(range(len(row)), 2)
                row[one], row[two] = row[two], row[one]
            case 2:
                content.insert(at, [])
            case 3:
                content.insert(at, list(row))
            case 4:
                content.insert(at, list(content[0]))
            case 5:
                content[at] = [rng.choice(JUNK), *row]
            case 6 if row:
                content[at] = row[: rng.randrange(len(row))]
            case _:
                content.append(["合计", *["1"] * rng.randrange(5)])


def damage_header(content: Grid, rng: random.Random) -> None:
    """Drop, misspell, double or reorder header cells."""
    header = content[0]
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(header))
        header[at] = rng.choice(
            ["", header[at] + "*", header[at][:-1], "未知列", rng.choice(header)]
        )


def cells_xlsx(rng: random.Random, path: Path) -> int:
    _, content = grid(rng)
    damage_cells(content, rng)
    titles: Grid = [["标题"], [""]][: rng.randrange(3)]
    workbook(path, {"表": [*titles, *content]})  # type: ignore[dict-item]
    return _rows_to_last_filled(content)


def cells_csv(rng: random.Random, path: Path) -> int:
    _, content = grid(rng)
    damage_cells(content, rng)
    content = [row if any(row) else ["", ""] for row in content]
    path.write_bytes(csv_bytes(content, rng.choice(["utf-8", "utf-8-sig", "utf-16", "gb18030"])))
    return len(content) - 1


def _rows_to_last_filled(content: Grid) -> int:
    """A workbook ends with its last row that has a cell; blank text is a cell, nothing is none."""
    return max(at for at, row in enumerate(content) if row)


def header_damage(rng: random.Random, path: Path) -> None:
    _, content = grid(rng)
    damage_header(content, rng)
    if path.suffix == ".csv":
        path.write_bytes(csv_bytes(content))
    else:
        workbook(path, {"表": content})  # type: ignore[dict-item]


# --- damage to bytes: refused with a reason, or read with every row accounted for --------------


def whole_file(rng: random.Random, path: Path) -> None:
    """Write an undamaged file of the path's kind."""
    alias, content = grid(rng)
    if path.suffix == ".csv":
        path.write_bytes(csv_bytes(content, rng.choice(["utf-8", "gb18030", "utf-16"])))
    elif path.suffix == ".zip":
        inside = path.with_name("inside.xlsx")
        workbook(inside, {"表": national(alias, content[1:])})
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            package.write(inside, "村/表.xlsx")
            package.writestr("b.csv", csv_bytes(content))
        inside.unlink()
    else:
        workbook(path, {"表": national(alias, content[1:])})


def spoil(data: bytes, rng: random.Random) -> bytes:
    """Flip, cut, insert and move bytes."""
    body = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 40])):
        if not body:
            break
        at = rng.randrange(len(body))
        match rng.randrange(5):
            case 0:
                body[at] ^= 1 << rng.randrange(8)
            case 1:
                del body[at : at + rng.randint(1, 64)]
            case 2:
                body[at:at] = rng.randbytes(rng.randint(1, 16))
            case 3:
                body[at : at + 4] = rng.choice([b"\0\0\0\0", b"\xff\xff\xff\xff", b"<!--", b'"'])
            case _:
                piece = body[at : at + rng.randint(1, 200)]
                there = rng.randrange(len(body))
                body[there:there] = piece
    return bytes(body)


def flipped(rng: random.Random, path: Path) -> None:
    whole_file(rng, path)
    path.write_bytes(spoil(path.read_bytes(), rng))


def truncated(rng: random.Random, path: Path) -> None:
    whole_file(rng, path)
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(len(data))])


def spoiled_part(rng: random.Random, path: Path) -> None:
    """Damage one part inside a workbook whose zip stays sound."""
    whole_file(rng, path)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    victim = rng.choice(
        [name for name in parts if rng.random() < 0.8 or "sheet" in name] or [*parts]
    )
    if rng.random() < 0.1:
        del parts[victim]
    else:
        parts[victim] = spoil(parts[victim], rng)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    path.write_bytes(out.getvalue())


def mixed_encodings(rng: random.Random, path: Path) -> None:
    """Paste the lines of files in different encodings together."""
    _, content = grid(rng)
    lines = [csv_bytes([row], rng.choice(["utf-8", "gb18030"])) for row in content]
    path.write_bytes(b"".join(lines))


KINDS: list[tuple[str, str, Callable[[random.Random, Path], int | None]]] = [
    ("cells", ".xlsx", cells_xlsx),
    ("cells", ".csv", cells_csv),
    ("header", ".xlsx", header_damage),
    ("header", ".csv", header_damage),
    ("bytes", ".xlsx", flipped),
    ("bytes", ".csv", flipped),
    ("bytes", ".zip", flipped),
    ("cut", ".xlsx", truncated),
    ("cut", ".csv", truncated),
    ("part", ".xlsx", spoiled_part),
    ("encodings", ".csv", mixed_encodings),
]


def mutated(seed: int, folder: Path) -> Mutation:
    """Write the damaged file of a seed."""
    rng = random.Random(seed)
    kind, suffix, make = KINDS[seed % len(KINDS)]
    path = folder / f"{seed}{suffix}"
    expected = make(rng, path)
    return Mutation(path, f"{kind}{suffix}", expected)


def verdict(mutation: Mutation) -> str:
    """Read a damaged file as intake does and return how it ended. Raises AssertionError."""
    result = read(mutation.path).result
    for item in (*result.files, result):
        told = item.rows_accepted + item.rows_quarantined + item.rows_ignored
        assert item.rows_read == told, f"{mutation.path.name}: {item}"
    assert result.rows_quarantined == len(result.quarantine), mutation.path.name
    assert all(row.reason_zh for row in result.quarantine), mutation.path.name
    for item in result.files:
        if item.status in ("refused", "ignored"):
            assert item.reason_zh, mutation.path.name
    unexpected = [item for item in result.files if is_own_fault(item)]
    assert not unexpected or mutation.kind.startswith(("bytes", "cut", "part")), unexpected
    taken = [item for item in result.files if item.rows_read]
    if mutation.rows_read is not None and taken:
        assert result.rows_read == mutation.rows_read, (mutation, result.files)
    return "surprise" if unexpected else result.status


def _work(pipe: Connection, seeds: range) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            mutation = mutated(seed, Path(folder))
            try:
                told = verdict(mutation)
            except AssertionError as error:
                told = f"WRONG seed {seed} {mutation.kind}: {error}"
            except BaseException as error:
                told = f"CRASH seed {seed} {mutation.kind}: {error!r}"
            pipe.send((mutation.kind, told))
            mutation.path.unlink()


def run(count: int, first: int = 0) -> tuple[Counter[tuple[str, str]], list[str], float]:
    """Read ``count`` damaged files; return ends by kind, what went wrong, the longest seconds."""
    ends: Counter[tuple[str, str]] = Counter()
    wrong: list[str] = []
    longest = 0.0
    seed, last = first, first + count
    context = multiprocessing.get_context("spawn")
    while seed < last:
        mine, theirs = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(theirs, range(seed, last)))
        worker.start()
        theirs.close()
        begun = time.monotonic()
        patience = 120.0  # the first answer pays the imports
        while seed < last:
            try:
                if not mine.poll(patience):
                    raise TimeoutError
                kind, told = mine.recv()
            except (EOFError, TimeoutError) as end:
                what = "HANG" if isinstance(end, TimeoutError) else "DIED"
                wrong.append(f"{what} seed {seed} {KINDS[seed % len(KINDS)][:2]}")
                seed += 1
                break
            if patience == SECONDS_EACH:
                longest = max(longest, time.monotonic() - begun)
            begun, patience = time.monotonic(), SECONDS_EACH
            if told.startswith(("WRONG", "CRASH")):
                wrong.append(told)
            ends[kind, told.split(" ")[0]] += 1
            seed += 1
            if (seed - first) % 500 == 0:
                print(f"{seed - first}/{count}", file=sys.stderr, flush=True)
        worker.kill()
        worker.join()
    return ends, wrong, longest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    chosen = parser.parse_args()
    ends, wrong, longest = run(chosen.count, chosen.first)
    for (kind, end), number in sorted(ends.items()):
        print(f"{kind:16} {end:10} {number:6}")
    for line in wrong:
        print(line)
    print(f"{sum(ends.values())} files, {len(wrong)} wrong, longest {longest:.1f} s")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
