"""Nights that are killed, lose folders or reach nobody, beside the same nights undisturbed.

Random sequences; ``FILINGS_DISTURBED`` sets how many (default 2). The stages are those of a night
from the publication on, over a build made by hand whose findings and figures rest on history.
"""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
from built_nights import make_night, put_out

from pipelines.core.history import TABLES, chain_faults, draft
from pipelines.core.home import Home
from pipelines.s7_published import (
    history_faults,
    published_faults,
    published_fingerprint,
    restore,
    rests_on,
)
from pipelines.s8_county import deliveries, send_messages, sent_log, workbook_path, write_reports
from pipelines.s8_county.channels import Channel
from pipelines.s8_county.messages import Message

pytestmark = pytest.mark.slow

SEQUENCES = int(os.environ.get("FILINGS_DISTURBED", "2"))
NIGHTS, PERIOD = 4, "2020-06"
COUNTIES = ("990101", "990102")
FOLDERS = ("published", "build", "reports")


class KilledError(BaseException):
    """The process ends here, as far as a test can end it."""


@dataclass(frozen=True)
class Night:
    """What came until one night: deliveries, findings that fail, counties not to be reached."""

    number: int
    submissions: tuple[tuple[str, str], ...]
    failing: tuple[tuple[str, str], ...]
    unreached: frozenset[str]


@dataclass
class Post:
    """The transport: what arrived, and which counties cannot be reached tonight."""

    arrived: Counter[tuple[str, int]] = field(default_factory=Counter)
    unreached: frozenset[str] = frozenset()

    def __call__(self, channel: Channel, message: Message, attachment: Path | None) -> bool:
        if message.county_code in self.unreached:
            return False
        self.arrived[message.county_code, message.vintage] += 1
        return True


def drawn(chance: random.Random) -> list[Night]:
    """Some nights: findings come, go and come again, and now and then a county is not reached."""
    found, filed = [], []
    for number in range(1, NIGHTS + 1):
        some = chance.sample(COUNTIES, chance.randint(1, 2))
        filed += [(county, f"{county}-{PERIOD}-v{number}") for county in some]
        failing = [(c, f"F{c}{n}") for c in COUNTIES for n in range(4) if chance.random() < 0.5]
        unreached = frozenset(county for county in COUNTIES if chance.random() < 0.3)
        found.append(Night(number, tuple(filed), tuple(failing), unreached))
    return found


def statements(night: Night) -> list[str]:
    """What makes the build of a night, its findings and figures resting on history."""
    day = f"2020-07-0{night.number}"
    failing = ", ".join(f"('{county}', '{name}')" for county, name in (*night.failing, ("", "")))
    filed = ", ".join(f"('{county}', '{name}')" for county, name in night.submissions)
    return [
        f"""create or replace table main.fct_submission as select county_code, submission_id,
        '{PERIOD}' as period, '2020-07-0' || right(submission_id, 1) || 'T02:00:00' as received_at,
        false as is_sample, cast(null as varchar) as withdrawn_at,
        cast(null as varchar) as admitted_at, 'accepted' as status
        from (values {filed}) as t(county_code, submission_id)""",
        f"""create table failing as from (values {failing}) as t(county_code, finding_id)
        where finding_id <> ''""",
        "delete from findings.fct_finding",
        f"""insert into findings.fct_finding by name
        select finding_id, 'H017' as rule_id, county_code, '{PERIOD}' as period,
          'household' as grain, 'error' as severity, 'hold' as effect, '…' as message_zh,
          '…' as advice_zh, [] as cells, false as is_sample,
          case when old.status is null then 'open' when old.status = 'resolved' then 'reopened'
            else old.status end as status,
          coalesce(old.first_seen_on, date '{day}') as first_seen_on, date '{day}' as last_seen_on
        from failing left join (select finding_id, status, first_seen_on
          from history.fct_finding) as old using (finding_id)
        union all by name
        select * exclude (masked_id, is_new) replace ('resolved' as status,
          coalesce(resolved_on, date '{day}') as resolved_on)
        from history.fct_finding where finding_id not in (select finding_id from failing)""",
        f"""create or replace table main.fct_indicator as
        with now as (
          select '990101' as region_code, '{PERIOD}' as period, 'i_inc1' as indicator_code,
            '' as breakdown, (select count(*) from failing)::double as value
        ), known as (
          select region_code, period, indicator_code, breakdown, vintage, value, status, reason_zh
          from history.fct_indicator
        ), everything as (
          from known union all by name
          select now.*, 'published' as status,
            (select coalesce(max(vintage), 0) + 1 from history.meta_refresh)::int as vintage
          from now where value is distinct from (select max_by(value, vintage) from known)
        )
        select *, vintage = (select max(vintage) from everything) as is_current from everything""",
        """create table main.dim_region as select '990101' as region_code,
        '示例一县' as region_name, date '2014-01-01' as valid_from""",
        "create or replace table findings.dim_rule as select 'H017' as rule_id, '…' as title_zh",
        """create table main.dim_indicator as
        select 'i_inc1' as indicator_code, '…' as name_zh""",
        """create table main.dim_breakdown
        (breakdown varchar, breakdown_zh varchar, breakdown_en varchar)""",
        """create table main.fct_submission_column (submission_id varchar, file varchar,
        sheet varchar, header varchar, column_letter varchar, first_row bigint,
        last_row bigint)""",
    ]


def refresh(home: Home, night: Night, post: Post) -> None:
    """What a night does, in its order: the publication before, the build, this publication."""
    post.unreached = night.unreached
    fingerprint = f"night {night.number}"
    restore(home)
    write_reports(home)
    send_messages(home, post)
    if published_fingerprint(home) != fingerprint:
        make_night(home, 1, *statements(night), until=rests_on(home, fingerprint))
        put_out(home, night.number)
        write_reports(home)
        send_messages(home, post)


@contextmanager
def killed(after: int, monkeypatch: pytest.MonkeyPatch, post: Post) -> Iterator[list[str]]:
    """Kill what is done within at the step with this number, just before or just after it.

    A step is a file put in place, a line of the log, a message on its way. Lists the step.
    """
    steps, place = [], divmod(after, 2)

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*given: Any) -> Any:
            steps.append(name)
            mine = len(steps) == place[0]
            if mine and not place[1]:
                raise KilledError
            result = real(*given)
            if mine:
                raise KilledError
            return result

        return step

    with monkeypatch.context() as patch, suppress(KilledError):
        patch.setattr(Path, "rename", watched("rename", Path.rename))
        patch.setattr(Path, "replace", watched("replace", Path.replace))
        patch.setattr(sent_log, "append", watched("log", sent_log.append))
        patch.setattr(Post, "__call__", watched("send", Post.__call__))
        yield steps


def content(home: Home) -> dict[str, Any]:
    """What must be as if nothing had been: tables, history, vintages, messages, outbox."""
    found: dict[str, Any] = {}
    with duckdb.connect(str(home.published_db), read_only=True) as published:
        for (name,) in published.execute("select table_name from duckdb_tables()").fetchall():
            rows = published.execute(f"select * from {name} order by all").fetchall()
            found[name] = rows
    with draft(home) as past:
        for table in TABLES:
            if table.name != "sending":
                query = f"select * from before.{table.name} order by all"
                found[f"history {table.name}"] = past.connection.execute(query).fetchall()
    for path in sorted(home.outbox.glob("*.json")):
        found[path.name] = path.read_text(encoding="utf-8")
    found["workbooks"] = [workbook_path(home, each, PERIOD).exists() for each in COUNTIES]
    return found


def states(home: Home) -> dict[tuple[str, int], str]:
    return {
        (each.message.county_code, each.message.vintage): each.state for each in deliveries(home)
    }


def lose(home: Home, chance: random.Random) -> tuple[str, ...]:
    """Delete some of the folders that may be deleted."""
    lost = tuple(name for name in FOLDERS if chance.random() < 0.4)
    for name in lost:
        shutil.rmtree(home.root / "warehouse" / name, ignore_errors=True)
    return lost


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_disturbed_nights_end_as_undisturbed_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    channels = tmp_path / "channels.yml"
    channels.write_text('default: ["json://robot.invalid/"]', encoding="utf-8")
    channels.chmod(0o600)
    monkeypatch.setenv("FILINGS_CHANNELS", str(channels))
    chance = random.Random(seed)
    home, twin = Home(tmp_path / "home"), Home(tmp_path / "twin")
    post, twins = Post(), Post()
    unclear: set[tuple[str, int]] = set()
    for night in drawn(chance):
        refresh(twin, night, twins)
        said = [f"seed {seed}, night {night.number}, lost {lose(home, chance)}"]
        for _ in range(chance.randint(0, 2)):
            with killed(chance.randrange(2, 70), monkeypatch, post) as steps:
                refresh(home, night, post)
            said.append(f"killed at step {len(steps)} {steps[-1:]}, lost {lose(home, chance)}")
        refresh(home, night, post)
        print("; ".join(said), flush=True)
        assert (history_faults(home), published_faults(home), [*chain_faults(home)]) == ((), (), [])
        assert content(home) == content(twin)
        now, expected = states(home), states(twin)
        unclear = {way for way, state in now.items() if state == "sending"}
        assert {way: now[way] for way in now.keys() - unclear} == {
            way: expected[way] for way in now.keys() - unclear
        }
        assert max(post.arrived.values(), default=1) == 1, "nothing twice"
        assert twins.arrived.keys() - post.arrived.keys() <= unclear, "nothing lost"
        assert post.arrived.keys() <= twins.arrived.keys() | unclear
