"""A published file that is lost, cut short, altered or locked: told, and mended where it can be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from test_published import make_night, put_out

from pipelines.core.settings import Home
from pipelines.s7_published import published_faults


@pytest.fixture
def published(at: Home) -> Home:
    """A home with two vintages."""
    for night in (1, 2):
        make_night(at, night)
        put_out(at, night)
    assert published_faults(at) == ()
    return at


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def retitle(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("指标", "数据"), encoding="utf-8")


HARMS = [cut, flip, remove, empty]


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize(
    "name",
    ["filings.duckdb", "parquet/2/fct_indicator.parquet", "parquet/1/meta_refresh.parquet"],
)
def test_a_harmed_file_is_named(published: Home, name: str, harm: Callable[[Path], None]) -> None:
    path = published.published / name
    harm(path)
    (sentence,) = published_faults(published)
    assert str(path) in sentence and sentence.endswith("。")


@pytest.mark.parametrize("harm", [cut, remove, empty, retitle])
@pytest.mark.parametrize("name", ["datapackage.json", "2/datapackage.json"])
def test_a_harmed_descriptor_is_named(
    published: Home, name: str, harm: Callable[[Path], None]
) -> None:
    harm(published.parquet / name)
    told = " ".join(published_faults(published))
    assert str(published.parquet / name) in told


def test_what_a_client_wrote_into_the_published_file_is_told(published: Home) -> None:
    with duckdb.connect(str(published.published_db)) as client:
        client.execute("create table mine as select 1 as x")
    (sentence,) = published_faults(published)
    assert "被其他程序改写" in sentence


def test_a_client_that_reads_or_only_opens_it_for_writing_harms_nothing(published: Home) -> None:
    for read_only in (True, False):
        with duckdb.connect(str(published.published_db), read_only=read_only) as client:
            client.execute("select count(*) from fct_indicator").fetchone()
    assert published_faults(published) == ()


def test_a_home_that_never_published_has_no_fault(at: Home) -> None:
    assert published_faults(at) == ()
