"""Reading person rows end to end to Parquet, beside the bare parse of the same files.

    python benchmarks/reading.py [--rows N] [--tables p] [--per-file M] [--pandas-rows K]

Made-up rows are filed as workbooks and, again, as CSV. In one run, each in a process of its own:
the reading library's bare parse of the workbooks, the ingest of the same workbooks (received
before, so that nothing but reading and writing Parquet is timed), polars' bare read of the CSV
files, the ingest of those, and pandas with openpyxl on a sample. Wanted: workbooks within 2.0 ×
their bare parse, CSV within 3.0 ×. All files lie in a temporary folder and are removed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl

from pipelines.core.dictionary import Column, dictionary
from pipelines.core.settings import Home
from pipelines.s1_archive import receive

COUNTY, PERIOD, SEED = "990101", "2020-06", 20200630
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = "子丑寅卯辰巳午未申酉戌亥甲乙丙丁"
# How often a column that may be blank is filled.
FILLED = {"Y": 1.0, "cond": 0.4, "N": 0.2}
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"

BARE = """
import sys, fastexcel
from pathlib import Path
rows = 0
for path in sorted(Path(sys.argv[1]).glob("*.xlsx")):
    book = fastexcel.read_excel(path)
    rows += book.load_sheet(0, header_row=None, dtypes="string").to_polars().height
print(rows)
"""
BARE_TWICE = """
import sys, fastexcel, multiprocessing
from pathlib import Path
def rows(path):
    book = fastexcel.read_excel(path)
    return book.load_sheet(0, header_row=None, dtypes="string").to_polars().height
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(sum(pool.map(rows, sorted(Path(sys.argv[1]).glob("*.xlsx")), chunksize=1)))
"""
BARE_CSV = """
import sys, polars
from pathlib import Path
print(sum(polars.read_csv(path, infer_schema=False).height
          for path in sorted(Path(sys.argv[1]).glob("*.csv"))))
"""
BARE_CSV_WRITTEN = """
import sys, polars
from pathlib import Path
whole = polars.concat([polars.read_csv(path, infer_schema=False)
                       for path in sorted(Path(sys.argv[1]).glob("*.csv"))])
whole.write_parquet(Path(sys.argv[1]).parent / "bare.parquet", compression="zstd")
print(whole.height)
"""
INGEST = """
import sys
from pathlib import Path
from pipelines.core.settings import Home
from pipelines.s2_lake import ingest
(result,) = ingest(Home(Path(sys.argv[1])), lambda name: print(name, file=sys.stderr)).results
print(result.rows_accepted)
"""
PANDAS = """
import sys, pandas
print(len(pandas.read_excel(sys.argv[1], dtype=str, engine="openpyxl")))
"""
EMPTY = """
import fastexcel, polars
from pipelines.s2_lake import ingest
from pipelines.s2_lake.rows.schema import schema
schema("p")
print(0)
"""


@dataclass(frozen=True)
class Measure:
    """Wall seconds, processor seconds, peak memory (MiB) of a process and the rows it told."""

    seconds: float
    cpu: float
    mebibytes: float
    rows: int


def measure(name: str, code: str, argument: Path) -> Measure:
    """Run Python code in a fresh process. Raises RuntimeError where it fails."""
    print(f"… {name}", file=sys.stderr, flush=True)
    started = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(argument)], stdout=out, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        if os.waitstatus_to_exitcode(status) != 0:
            raise RuntimeError(f"failed: {name}")
        out.seek(0)
        rows = int(out.read().split()[-1])
    return Measure(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, rows)


# --- made-up rows, in vectors -----------------------------------------------------------------


def frame_of(alias: str, first: int, count: int) -> pl.DataFrame:
    """Return made-up rows ``first`` … of a table as text, one column per header, null for blank."""
    at = pl.int_range(first, first + count, dtype=pl.UInt64, eager=True)
    columns = []
    for place, column in enumerate(dictionary().tables[alias].columns):
        draw = (at + SEED * (place + 1)).hash(seed=place)
        values = _values(column, at, draw)
        keep = (draw.hash(seed=99) % 1000).cast(pl.Int64) < int(FILLED[column.required] * 1000)
        columns.append(
            values.zip_with(keep, pl.Series([None], dtype=pl.String)).alias(column.header)
        )
    return pl.DataFrame(columns)


def _values(column: Column, at: pl.Series, draw: pl.Series) -> pl.Series:
    text = at.cast(pl.String)
    if column.sensitive == "id":
        return _id_numbers(at)
    if column.sensitive == "name":
        return _picked(list(SURNAMES), draw) + _picked(list(GIVEN), draw.hash(seed=1))
    if column.sensitive == "phone":
        return "139" + text.str.zfill(8)
    if column.codes:
        return _picked(list(dictionary().code_list(column).labels or ("甲", "乙")), draw)
    if column.name == "county_code":
        return pl.Series([COUNTY]).new_from_index(0, len(at))
    if column.name == "household_code":
        return "99" + (at // 3).cast(pl.String).str.zfill(8)
    if column.is_identifier:
        return "99" + text.str.zfill(10)
    dates = pl.date_range(pl.date(1940, 1, 1), pl.date(2020, 6, 30), eager=True)
    return {
        "str": lambda: "第" + (draw % 500).cast(pl.String) + "号",
        "int": lambda: (
            pl.Series(["2020"]).new_from_index(0, len(at))
            if column.name == "year"
            else (draw % 12).cast(pl.String)
        ),
        "dec": lambda: (draw % 9_999_999 / 100).cast(pl.String),
        "bool": lambda: _picked(["是", "否"], draw),
        "date": lambda: _picked(dates.dt.strftime("%Y%m%d").to_list(), draw),
        "month": lambda: _picked(dates.dt.strftime("%Y%m").unique().sort().to_list(), draw),
        "datetime": lambda: pl.Series(["2020-06-19 12:00:00"]).new_from_index(0, len(at)),
    }[column.type]()


def _picked(choices: list[str], draw: pl.Series) -> pl.Series:
    return pl.Series(choices).gather((draw % len(choices)).cast(pl.Int64))


def _id_numbers(at: pl.Series) -> pl.Series:
    """Return well-formed id numbers of an area that does not exist, all different."""
    days = pl.date_range(pl.date(1940, 1, 1), pl.date(2020, 6, 30), eager=True)
    born = _picked(days.dt.strftime("%Y%m%d").to_list(), at // 900)
    area = (at // (900 * len(days)) % 90 + 10).cast(pl.String)
    body = "9901" + area + born + (at % 900 + 100).cast(pl.String)
    total = pl.zeros(len(at), dtype=pl.Int64, eager=True)
    for place, weight in enumerate(WEIGHTS):
        total = total + body.str.slice(place, 1).cast(pl.Int64) * weight
    return body + _picked(list("10X98765432"), total)


# --- workbooks as Excel writes them, in vectors -----------------------------------------------


def write_workbook(path: Path, frame: pl.DataFrame, numbers: set[str]) -> None:
    """Write a workbook with shared strings; columns in ``numbers`` hold numbers."""
    whole = pl.concat([pl.DataFrame([frame.columns], schema=frame.schema, orient="row"), frame])
    texts = (
        pl.concat([whole[name].alias("text") for name in whole.columns], rechunk=True)
        .drop_nulls()
        .unique(maintain_order=True)
    )
    places = pl.DataFrame({"text": texts, "place": pl.int_range(len(texts), eager=True)})
    row = pl.int_range(1, whole.height + 1, eager=True).cast(pl.String)
    cells = [
        _cells(whole[name], _letters(at), row, places, is_number=name in numbers)
        for at, name in enumerate(whole.columns)
    ]
    lines = pl.DataFrame([row.alias("row"), *cells]).select(
        pl.concat_str(
            pl.lit('<row r="') + pl.col("row") + '">', pl.exclude("row"), pl.lit("</row>")
        )
    )
    strings = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in _small_parts().items():
            package.writestr(name, content)
        package.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{strings}</sst>')
        with package.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for piece in lines.to_series().to_list():
                part.write(piece.encode())
            part.write(b"</sheetData></worksheet>")


def _cells(
    values: pl.Series, letters: str, row: pl.Series, places: pl.DataFrame, *, is_number: bool
) -> pl.Series:
    body = values.slice(1)
    shared = (
        values.alias("text").to_frame().join(places, on="text", how="left", maintain_order="left")
    )
    index = shared["place"].cast(pl.String)
    kind = pl.repeat(' t="s"', len(values), eager=True)
    if is_number:
        index = pl.concat([index.head(1), body])
        kind = pl.concat([kind.head(1), pl.repeat("", len(body), eager=True)])
    start = f'<c r="{letters}' + row + '"' + kind + "><v>"
    return (start + index + "</v></c>").fill_null("").alias(letters)


def _letters(at: int) -> str:
    return chr(65 + at) if at < 26 else chr(64 + at // 26) + chr(65 + at % 26)


def _small_parts() -> dict[str, str]:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    links = f'<Relationships xmlns="{PACKAGE}/relationships">'
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}sharedStrings+xml"/>'
        "</Types>",
        "_rels/.rels": f'{links}<Relationship Id="rId1" Type="{OFFICE}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{links}<Relationship Id="rId1" Type="{OFFICE}/worksheet"'
        ' Target="worksheets/sheet1.xml"/></Relationships>',
    }


# --- the run ----------------------------------------------------------------------------------


def file_all(home: Home, suffix: str, alias: str, rows: int, per_file: int) -> Path:
    """File all rows in one delivery, receive it, and return a folder with the same files."""
    folder = home.inbox / COUNTY / PERIOD
    beside = home.root / "files"
    for made in (folder, beside):
        made.mkdir(parents=True, exist_ok=True)
    columns = dictionary().tables[alias].columns
    numbers = {column.header for column in columns if column.type in ("int", "dec")}
    write: dict[str, Callable[[Path, pl.DataFrame], None]] = {
        ".xlsx": lambda path, frame: write_workbook(path, frame, numbers),
        ".csv": lambda path, frame: frame.write_csv(path),
    }
    for number, first in enumerate(range(0, rows, per_file)):
        print(f"… writing {suffix}: {first:,} of {rows:,}", file=sys.stderr, flush=True)
        path = folder / f"{alias}-{number:03d}{suffix}"
        write[suffix](path, frame_of(alias, first, min(per_file, rows - first)))
        (beside / path.name).hardlink_to(path)
    receive(home)
    return beside


def write_sample(path: Path, alias: str, rows: int) -> None:
    """Write a workbook of made-up rows, all as text."""
    write_workbook(path, frame_of(alias, 0, rows), set())


def benchmark(root: Path, alias: str, rows: int, per_file: int, pandas_rows: int) -> None:
    """Print one row per way of reading, with its ratio to the bare read of the same files."""
    books, texts = Home(root / "xlsx"), Home(root / "csv")
    sample = root / "sample.xlsx"
    # Made in a process of its own: a child's peak memory counts from its parent's.
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        jobs = [(books, ".xlsx", alias, rows, per_file), (texts, ".csv", alias, rows, per_file)]
        workbooks, delimited = pool.starmap(file_all, jobs, chunksize=1)
        pool.apply(write_sample, (sample, alias, pandas_rows))
    script = root / "twice.py"
    script.write_text(BARE_TWICE)
    empty = measure("start-up", EMPTY, root)
    bare = measure("workbooks, bare parse", BARE, workbooks)
    twice = measure(
        "workbooks, bare parse, two processes", f"exec(open({str(script)!r}).read())", workbooks
    )
    ours = measure("workbooks, ingest", INGEST, books.root)
    bare_csv = measure("CSV, bare read", BARE_CSV, delimited)
    written = measure("CSV, bare read and one Parquet file", BARE_CSV_WRITTEN, delimited)
    ours_csv = measure("CSV, ingest", INGEST, texts.root)
    pandas = measure("pandas with openpyxl, sample", PANDAS, sample)
    size = sum(path.stat().st_size for path in workbooks.iterdir()) >> 20
    print(f"{rows:,} rows of {alias} in {len(list(workbooks.iterdir()))} files, {size} MiB as xlsx")
    print(f"start-up of an ingest (imports): {empty.seconds:.2f} s, {empty.mebibytes:.0f} MiB\n")
    print("| | rows | s | CPU s | MiB | ratio |\n|---|---|---|---|---|---|")
    for name, told, base in [
        ("workbooks, bare parse", bare, bare),
        ("workbooks, bare parse, two processes", twice, bare),
        ("workbooks, ingest", ours, bare),
        ("CSV, bare read", bare_csv, bare_csv),
        ("CSV, bare read and one Parquet file", written, bare_csv),
        ("CSV, ingest", ours_csv, bare_csv),
    ]:
        print(_line(name, told, told.seconds / base.seconds))
    per_row = (pandas.seconds / pandas.rows) / (ours.seconds / ours.rows)
    print(_line("pandas with openpyxl, sample", pandas, None))
    print(f"\npandas with openpyxl takes {per_row:.1f} × the time of our ingest per row")


def _line(name: str, told: Measure, ratio: float | None) -> str:
    shown = f"{ratio:.2f}" if ratio is not None else ""
    figures = f"{told.rows:,} | {told.seconds:.2f} | {told.cpu:.2f} | {told.mebibytes:.0f}"
    return f"| {name} | {figures} | {shown} |"


def main() -> None:
    """Read the arguments and run in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--tables", default="p", help="the table whose rows are made")
    parser.add_argument("--per-file", type=int, default=50_000)
    parser.add_argument("--pandas-rows", type=int, default=5_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        benchmark(Path(folder), given.tables, given.rows, given.per_file, given.pandas_rows)


if __name__ == "__main__":
    main()
