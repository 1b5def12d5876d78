"""Which channels a county's messages take: ``channels.yml`` and what apprise makes of it.

Addresses hold secrets. Whatever is shown or recorded of a channel is its ``label`` (kind and,
for mail, the server) and its ``channel_id`` (a keyed hash of the address).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipelines.core.errors import FilingsError
from pipelines.core.files import parsed_yaml, read_text

DEFAULT = "default"
# Not a county: whoever watches the nights is told here what stopped one.
STEWARD = "steward"
_MAIL = ("mailto", "mailtos")


@dataclass(frozen=True)
class Channel:
    """One address that messages can be sent to; the address itself is never printed."""

    address: str = field(repr=False)
    label: str
    channel_id: str
    takes_attachment: bool


def read_channels(path: Path, key: bytes) -> dict[str, tuple[Channel, ...]]:
    """Return the channels by county code, ``default`` and ``steward`` among them.

    Raises:
        FilingsError: the file is missing or not in the documented shape.
    """
    if not path.exists():
        raise FilingsError(f"渠道文件 {path} 不存在,请检查 FILINGS_CHANNELS。")
    try:
        raw = parsed_yaml(read_text(path)) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"第 {mark.line + 1} 行" if mark else ""
        raise FilingsError(f"渠道文件 {path.name}{line}不是合法的 YAML,请更正。") from None
    if not isinstance(raw, Mapping):
        raise FilingsError(f"渠道文件 {path.name} 应为“县码: 地址列表”。")
    return {str(county): _channels(path, str(county), value, key) for county, value in raw.items()}


def channels_of(
    channels: Mapping[str, tuple[Channel, ...]], county_code: str
) -> tuple[Channel, ...]:
    """Return a county's own channels, else the default ones."""
    return channels.get(county_code, channels.get(DEFAULT, ()))


def _channels(path: Path, county: str, value: Any, key: bytes) -> tuple[Channel, ...]:
    if county not in (DEFAULT, STEWARD) and not re.fullmatch(r"\d{6}", county):
        raise FilingsError(
            f"渠道文件 {path.name}:“{county}”应为六位县码(加引号)、default 或 steward。"
        )
    addresses = value or []
    if not isinstance(addresses, list) or not all(isinstance(each, str) for each in addresses):
        raise FilingsError(f"渠道文件 {path.name}:{county} 的地址应为文字列表。")
    return tuple(channel(address, key) for address in addresses)


def channel(address: str, key: bytes) -> Channel:
    """Return the channel of an address; the label shows a mail server, never a token."""
    kind, _, rest = address.partition("://")
    host = re.sub(r"^.*@", "", rest.split("?")[0]).split("/")[0].split(":")[0]
    is_mail = kind.lower() in _MAIL
    return Channel(
        address=address,
        label=f"{kind}://{host}" if is_mail else f"{kind}://…",
        channel_id=hmac.new(key, address.encode(), hashlib.sha256).hexdigest()[:12],
        takes_attachment=is_mail,
    )


def unusable(channels: Mapping[str, tuple[Channel, ...]]) -> list[str]:
    """Return ``county label`` of each address that apprise does not understand."""
    import apprise

    return [
        f"{county} {each.label}"
        for county, those in channels.items()
        for each in those
        if apprise.Apprise.instantiate(each.address, suppress_exceptions=True) is None
    ]
