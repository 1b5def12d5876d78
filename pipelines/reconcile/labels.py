"""What a figure's label says of it: its date, part of the area and scope, what it is a share of.

Labels are read narrow and without blanks (``core.text.compact``): a report sets its brackets and
commas in either width.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile

from pipelines.core.text import compact

_YEAR = re.compile(r"(\d{4})年")
_MONTH = re.compile(r"(\d{1,2})月")
_LEADING_DATE = re.compile(r"^[0-9年月日至\-—、底末初止截]*")
# 占 and what a share is of, up to where that ends: 占实施项目, 占在册户比重, 占脱贫人口总数.
_SHARE_OF = re.compile(r"占([^占,。;()]{2,}?)(?:的?比[重例率]?|总[数额量]|[,。;()]|$)")
_ASIDE = re.compile(r"\([^()]*\)$")
# A part of the area that a label begins with; what only sounds like one is none.
_PLACE = re.compile(
    r"(?!全|本|我|贫困|深度|安置|社区|城区|景区|园区|地区)([一-龥]{2,4}?[县区市州镇乡])"
)
# What a figure covers, in words that no other figure of a relation may lack or have alone.
_SCOPES = (re.compile("累计"), re.compile("余额"), re.compile("新增|新放"))


def dates(label: str) -> set[str]:
    """Return the years and months that a label names."""
    text = compact(label)
    return {each[0] for pattern in (_YEAR, _MONTH) for each in pattern.finditer(text)}


def undated(label: str) -> str:
    """Return a label without the date that it begins with."""
    return _LEADING_DATE.sub("", compact(label))


def place(label: str) -> str:
    """Return the part of the area that a label names first, '' for the whole."""
    found = _PLACE.match(undated(label))
    return found[1] if found else ""


def share_of(label: str) -> str:
    """Return what a label says that its figure is a share of (占…), '' where it says nothing."""
    found = _SHARE_OF.search(compact(label))
    return found[1] if found else ""


def is_of(label: str, whole: str) -> bool:
    """Whether a label names a whole: it ends with its name, but for a remark in brackets."""
    return _ASIDE.sub("", compact(label)).endswith(whole)


def are_alike(labels: Iterable[str]) -> bool:
    """Whether no two labels say that they are of different years or months, or of other places."""
    texts = [compact(label) for label in labels]
    dated = all(
        len({named[-1] for text in texts if (named := pattern.findall(text))}) <= 1
        for pattern in (_YEAR, _MONTH)
    )
    return dated and len({place(text) for text in texts}) == 1


def have_one_scope(labels: Iterable[str]) -> bool:
    """Whether all labels or none speak of what is cumulative, outstanding, new."""
    texts = [compact(label) for label in labels]
    return all(len({bool(scope.search(text)) for text in texts}) == 1 for scope in _SCOPES)


def common_start(one: str, other: str) -> str:
    """Return what two labels begin with alike after their dates."""
    pairs = zip(undated(one), undated(other), strict=False)
    return "".join(sign for sign, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
