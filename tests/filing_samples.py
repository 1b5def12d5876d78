"""Made-up rows for every table of the dictionary, and files to file them with; no real people."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import xlsxwriter

from pipelines.core.dictionary import Column, dictionary
from pipelines.s2_lake.deliveries.amendments import Earlier
from pipelines.s2_lake.deliveries.delivery import Delivery, Identity, read_delivery

COUNTY = "990101"
PERIOD = "2020-06"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(at: int, birth: str = "19800101") -> str:
    """A well-formed id number of an area that does not exist."""
    body = f"990101{birth}{at % 1000:03d}"
    check = sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11
    return body + "10X98765432"[check]


def value(column: Column, at: int, rng: random.Random) -> str:
    """A value that can be typed in the given column, distinct per row where it identifies."""
    words = dictionary()
    if column.name == "county_code":
        return COUNTY
    if column.sensitive == "id":
        return id_number(at)
    if column.sensitive == "phone":
        return f"1390000{at:04d}"
    if column.codes:
        labels = words.code_list(column).labels or ("甲", "乙")
        if column.type == "codes" and rng.random() < 0.3:
            return ",".join(rng.sample(labels, min(2, len(labels))))
        return rng.choice(labels)
    if column.is_identifier:
        return f"9901{at:06d}" if column.name.endswith("_code") else f"NO{at:06d}"
    return {
        "str": lambda: f"文字{at}",
        "int": lambda: str(rng.randint(0, 12)) if "year" not in column.name else "2020",
        "dec": lambda: f"{rng.randint(0, 99999)}.{rng.randint(0, 99):02d}",
        "bool": lambda: rng.choice(["是", "否"]),
        "date": lambda: f"20{rng.randint(10, 19)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}",
        "month": lambda: f"20{rng.randint(10, 19)}{rng.randint(1, 12):02d}",
        "datetime": lambda: "2020-06-19 12:00:00",
    }[column.type]()


def rows(alias: str, count: int, seed: int = 1) -> list[list[str]]:
    """Rows in the dictionary's column order."""
    rng = random.Random(f"{alias}{seed}")
    table = dictionary().tables[alias]
    return [[value(c, at, rng) for c in table.columns] for at in range(1, count + 1)]


def headers(alias: str) -> list[str]:
    return [column.header for column in dictionary().tables[alias].columns]


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """Write sheets cell by cell: str as text, numbers as numbers, None as nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    for name, content in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(content):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(at, column, cell)
                elif cell is not None:
                    sheet.write(at, column, cell)
    book.close()
    return path


def national(alias: str, body: list[list[str]], mark: str = "") -> list[list[object]]:
    """The shape of a national export: two title rows, the header, the rows."""
    title = dictionary().tables[alias].title_zh
    return [[f"{title}{mark}"], ["填报单位:示例县"], list(headers(alias)), *map(list, body)]


def csv_bytes(content: list[list[str]], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(content)
    return text.getvalue().encode(encoding)


def read(*paths: Path) -> Delivery:
    """Read files as one delivery; nothing is stored."""
    who = Identity(f"{COUNTY}-{PERIOD}-v1", COUNTY, PERIOD, 1, "2020-07-01T02:00:00+08:00")
    nothing = Earlier(paths[0].parent / "no earlier delivery")
    return read_delivery([(p.name, p) for p in paths], who, dictionary(), b"test key", nothing)
