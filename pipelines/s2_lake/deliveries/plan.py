"""What is to be read: deliveries without a result, and those whose archived bytes are damaged.

A damaged delivery keeps the rows that were last read of it; where there are none, it is refused as
a whole, because half of its files would be a smaller filing. Such a result is provisional, and so
are those of the deliveries after it, which may correct its rows: they are read as soon as the
archive is restored.

A delivery at which our own program failed is read again by every ingest, with those after it: the
program may have been mended since, and what failed may have been the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.core.settings import Home
from pipelines.s1_archive import FiledFile, Submission, is_intact
from pipelines.s2_lake.results import SubmissionResult, read_result

PROVISIONAL = "-provisional"
# The version of a result that has faults of ours in it.
FAULTY = "-faulty"
Again = Callable[[Submission, SubmissionResult], bool]
_PARQUET = b"PAR1"


@dataclass(frozen=True)
class Filing:
    """All deliveries of one county for one period, oldest first, and those to be read now.

    ``damaged`` holds, by submission id, the files whose archived bytes are not what was received;
    ``provisional`` are the submissions that are read again when that is mended.
    """

    versions: tuple[Submission, ...]
    new: tuple[Submission, ...]
    damaged: Mapping[str, tuple[FiledFile, ...]] = field(default_factory=dict)
    provisional: frozenset[str] = frozenset()


def filings(
    home: Home,
    received: Sequence[Submission],
    version: str,
    again: Again = lambda submission, result: False,
) -> list[Filing]:
    """Return every filing with what is to be read of it under this version of reading.

    ``again`` says of what was read before that it is to be read once more, and what comes after it.

    An amendment reads what was kept of the deliveries before it. Only what has to be read is
    compared with its hash.
    """
    by_place: dict[tuple[str, str], list[Submission]] = {}
    for submission in sorted(received, key=lambda s: s.version):
        by_place.setdefault(submission.place, []).append(submission)
    return [_filing(home, versions, version, again) for versions in by_place.values()]


def damaged(home: Home, received: Sequence[Submission], version: str) -> list[str]:
    """Return the submissions that have to be read and cannot be, in order of their ids."""
    return sorted(name for filing in filings(home, received, version) for name in filing.damaged)


def stored(home: Home, submission: Submission, version: str) -> SubmissionResult | None:
    """Return the result that stands for a submission, provisional or not, None where none does."""
    result = whatever_is_stored(home, submission)
    named = (version, version + PROVISIONAL, version + FAULTY)
    return result if result is not None and result.dictionary_version in named else None


def whatever_is_stored(home: Home, submission: Submission) -> SubmissionResult | None:
    """Return what was last read of a submission, under whatever version, if it is there whole."""
    folder = home.ingested / submission.submission_id
    try:
        result = read_result(folder)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return result if result.received_at == submission.received_at else None


def is_whole(home: Home, result: SubmissionResult) -> bool:
    """Tell whether the files beside a result were not cut off (a machine that lost power)."""
    folder = home.ingested / result.submission_id
    return all(map(_is_parquet, _files_of(folder, result)))


def _filing(home: Home, versions: Sequence[Submission], version: str, again: Again) -> Filing:
    new: list[Submission] = []
    damaged: dict[str, tuple[FiledFile, ...]] = {}
    provisional: set[str] = set()
    is_again = False
    for submission in versions:
        name, result = submission.submission_id, stored(home, submission, version)
        if result is not None and not is_whole(home, result):
            result = None
        is_again = is_again or (result is not None and again(submission, result))
        if result is not None and not is_again and _is_final(result, version):
            continue
        broken = tuple(file for file in submission.files if not is_intact(home, file))
        if broken:
            damaged[name] = broken
        if damaged:
            provisional.add(name)
        if result is None or not damaged:
            new.append(submission)
    return Filing(tuple(versions), tuple(new), damaged, frozenset(provisional))


def is_faulty(result: SubmissionResult) -> bool:
    """Tell whether our own program failed at a part of a delivery."""
    return result.dictionary_version.endswith(FAULTY)


def _is_final(result: SubmissionResult, version: str) -> bool:
    return result.dictionary_version in (version, version + FAULTY)


def _files_of(folder: Path, result: SubmissionResult) -> Iterator[Path]:
    for alias in result.tables:
        yield folder / "tables" / f"{alias}.parquet"
    for alias, _ in result.amended:
        yield folder / "amendments" / f"{alias}.parquet"
    for name in ("changes", "aside", "quarantined_cells"):
        yield folder / f"{name}.parquet"


def _is_parquet(path: Path) -> bool:
    """Tell whether a file begins and ends as Parquet does."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_PARQUET))
            file.seek(-len(_PARQUET), 2)
            return head == _PARQUET and file.read() == _PARQUET
    except OSError:
        return False
