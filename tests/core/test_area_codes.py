"""The seed of county codes against the division list of python-stdnum."""

from __future__ import annotations

import pytest
from stdnum import numdb

from pipelines.core.settings import DBT_PROJECT

AREA_CODES = DBT_PROJECT / "seeds" / "area_codes.csv"
# Prefixes of the permits of residents from Taiwan, Hong Kong and Macao.
PERMITS = {"710000", "810000", "820000", "830000"}


def seeded() -> set[str]:
    return set(AREA_CODES.read_text(encoding="utf-8").split()[1:])


def is_listed(code: str) -> bool:
    parts = numdb.get("cn/loc").info(code)
    return len(parts) == 2 and "county" in parts[1][1]


@pytest.mark.slow
def test_every_county_code_of_the_list_is_known() -> None:
    counties = {
        code
        for number in range(110000, 660000)
        if not (code := f"{number:06d}").endswith("00") and is_listed(code)
    }
    assert counties <= seeded()
    assert {"421081", "422424", "990101"} & seeded() == {"421081", "422424"}


def test_nothing_else_is_known_but_prefectures_without_counties_and_permits() -> None:
    others = {code for code in seeded() if code.endswith("00")} - PERMITS
    assert all(is_listed(code) for code in seeded() - PERMITS)
    assert {"441900", "442000", "620200"} <= others
    assert not [code for code in others if code.endswith("0000")]
