"""What asks for a night between the nights: an inbox folder that has come to rest.

Belongs here: sensors. They look at names, sizes and times only; whether a file is whole, and whose
it is, the intake asks.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from dagster import (
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from pipelines import s1_archive
from pipelines.core.lock import lock_holder
from pipelines.core.settings import Home, inbox_minutes
from pipelines.orchestration.partitions import COUNTY_PERIOD, partition_key

INTERVAL_SECONDS = 60


@dataclass(frozen=True)
class Seen:
    """What lies in one inbox folder: its files as a hash, since when (epoch s), and asked for."""

    content: str
    since: float
    is_asked_for: bool = False


def look(home: Home, before: Mapping[str, Seen], now: float) -> dict[str, Seen]:
    """Return what lies in each inbox folder, by partition key; empty folders are left out.

    What lay there ``before`` keeps its moment. Of the rest it is that of its last change, or now
    where a file server's clock lies ahead.
    """
    found = {}
    for folder in s1_archive.folders(home, []):
        digest, changed = hashlib.sha256(), 0.0
        for path in [*folder.files, *folder.marks]:
            try:
                stat = path.stat(follow_symlinks=False)
            except OSError:
                continue
            stamp = s1_archive.Stamp.of(stat)
            digest.update(json.dumps([str(path.relative_to(folder.path)), asdict(stamp)]).encode())
            changed = max(changed, stat.st_ctime)
        if changed == 0.0 or not folder.files:
            continue
        key, content = partition_key((folder.county_code, folder.period)), digest.hexdigest()
        known = before.get(key)
        same = known is not None and known.content == content
        found[key] = known if known and same else Seen(content, min(changed, now))
    return found


def inbox_sensor(home: Home, job_name: str) -> SensorDefinition:
    """Return the sensor that asks for a night when an inbox folder was quiet long enough.

    Once for the same content: what the night left lying asks for no other night.
    """

    @sensor(
        name="quiet_inbox",
        job_name=job_name,
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="收件箱中有文件夹静置够久,就刷新一次 | A quiet folder asks for a night",
    )
    def quiet_inbox(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        if holder := lock_holder(home):
            return SkipReason(f"刷新正在进行({holder})")
        before = {key: Seen(*each) for key, each in json.loads(context.cursor or "{}").items()}
        now = time.time()
        seen = look(home, before, now)
        rest = 60 * inbox_minutes()
        due = sorted(
            key for key, each in seen.items() if not each.is_asked_for and now - each.since >= rest
        )
        for key in due:
            seen[key] = Seen(seen[key].content, seen[key].since, is_asked_for=True)
        return SensorResult(
            run_requests=[RunRequest(tags={"filings/inbox": ", ".join(due[:20])})] if due else [],
            dynamic_partitions_requests=[COUNTY_PERIOD.build_add_request(due)] if due else [],
            cursor=json.dumps({key: [*asdict(each).values()] for key, each in seen.items()}),
        )

    return quiet_inbox
