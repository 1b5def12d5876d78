"""Which home a command works on, said at its start and end where it is the sample's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.core.settings import Home, home, is_default_sample

_BEGINS = "样例:没有用 FILINGS_HOME 指明数据目录,以下使用样例数据 {}(人员均为虚构)。"
_ENDS = "以上为样例数据,不是任何县的报送。"
_announced: list[Home] = []


def working_home() -> Home:
    """Return the home in use. Raises FilingsError where it is none; makes nothing."""
    return announced(home())


def announced(home: Home) -> Home:
    """Return the home; where it is the sample's by default, say so."""
    if is_default_sample(home) and home not in _announced:
        print(_BEGINS.format(home.root), file=sys.stderr)
        _announced.append(home)
    return home


@contextmanager
def closing_words() -> Iterator[None]:
    """Say once more at the end of a command, however it ends, what was said at its start."""
    try:
        yield
    finally:
        if _announced:
            _announced.clear()
            print(_ENDS, file=sys.stderr)
