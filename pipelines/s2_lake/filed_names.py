"""The names that were ever filed as somebody's: what no text that leaves may hold."""

from __future__ import annotations

import polars as pl

from pipelines.core.dictionary import Dictionary, dictionary
from pipelines.core.privacy import Names
from pipelines.core.settings import DBT_PROJECT, Home

# A first secretary is filed by number or by name: what has no digit in a column of ids is a name.
NAMING_KINDS = ("name", "id")


def filed_names(home: Home, own_words: list[str] | None = None) -> Names:
    """Return the names of all deliveries, whatever became of them, to be looked for in texts.

    Read from what reading each delivery gave: accepted and quarantined rows, amendments, all
    versions, withdrawn ones too. ``own_words``: further texts that give nobody away (the sentences
    of the rules), beside the dictionary's headers and labels and the official names of regions.
    """
    words = dictionary()
    columns = {
        alias: [column.name for column in table.columns if column.sensitive in NAMING_KINDS]
        for alias, table in words.tables.items()
    }
    parts = [pl.Series("name", [], dtype=pl.String)]
    for folder in sorted(home.ingested.glob("[!.]*")):
        for path in sorted(folder.glob("tables/*.parquet")) + sorted(
            folder.glob("amendments/*.parquet")
        ):
            parts += _filed(pl.scan_parquet(path), columns.get(path.stem, []))
        kept = folder / "quarantined_cells.parquet"
        if kept.exists():
            parts.append(_quarantined(pl.scan_parquet(kept), columns))
    every = pl.concat(parts).drop_nulls().unique()
    without_digits = every.filter(~every.str.contains(r"\d{3}"))
    said = [*_dictionary_texts(words), *_region_names(), *(own_words or [])]
    return Names(without_digits.to_list(), said)


def _filed(frame: pl.LazyFrame, names: list[str]) -> list[pl.Series]:
    """Return the distinct texts of some columns of a table as filed."""
    there = set(frame.collect_schema())
    return [
        frame.select(pl.col(name).cast(pl.String).alias("name")).unique().collect().to_series()
        for name in names
        if name in there
    ]


def _quarantined(cells: pl.LazyFrame, columns: dict[str, list[str]]) -> pl.Series:
    """Return the distinct texts of the cells of rows that were not taken."""
    keys = [(alias, name) for alias, names in columns.items() for name in names]
    wanted = pl.LazyFrame(keys, schema=["table_name", "column_name"], orient="row")
    return (
        cells.join(wanted, on=["table_name", "column_name"], how="semi")
        .select(pl.col("text").alias("name"))
        .unique()
        .collect()
        .to_series()
    )


def _region_names() -> list[str]:
    """Return the official names of regions."""
    return pl.read_csv(DBT_PROJECT / "seeds" / "regions.csv")["region_name"].to_list()


def _dictionary_texts(words: Dictionary) -> list[str]:
    """Return every header, title, label and other spelling that the dictionary knows."""
    columns = [column for table in words.tables.values() for column in table.columns]
    codes = [code for listed in words.code_lists.values() for code in listed.codes]
    return [
        *(title for table in words.tables.values() for title in (table.title_zh, *table.titles)),
        *(header for column in columns for header in column.headers),
        *(label for code in codes for label in (code.label, *code.synonyms)),
    ]
