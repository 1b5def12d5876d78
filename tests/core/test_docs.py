"""The pages for contributors name files, folders, commands and targets that are there."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from pipelines.cli.main import app
from pipelines.core.settings import PROJECT_ROOT

PAGES = [
    *(PROJECT_ROOT / name for name in ("CONTRIBUTING.md", "ARCHITECTURE.md", "docs/terms.md")),
    *sorted((PROJECT_ROOT / "docs" / "decisions").glob("*.md")),
]
# A path as the pages write it: from the project, or its end below one of these folders.
BELOW = ("pipelines", "dbt_project", "expectations")
PATH = re.compile(
    r"(?:[\w*-]+/)*[\w.*-]+\.(?:py|yml|csv|sql|md|toml|lock)\b|\.?(?:[\w-]+/)+(?=$|\s)"
)
# What is in a home, not in the project.
ELSEWHERE = ("raw/", "warehouse/", "sample/", "published/", "build/")


def named(page: Path, pattern: str) -> set[str]:
    return set(re.findall(pattern, page.read_text("utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_path_is_there(page: Path) -> None:
    for link in named(page, r"\]\(([^)#]+)\)"):
        assert (page.parent / link).exists(), link
    for quoted in named(page, r"`([^`\n]+)`"):
        for path in PATH.findall(quoted):
            if "<" in quoted or path.startswith(ELSEWHERE):
                continue
            found = [*PROJECT_ROOT.glob(path)]
            found += [each for place in BELOW for each in (PROJECT_ROOT / place).rglob(path)]
            assert found, path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_module_and_target_is_there(page: Path) -> None:
    makefile = (PROJECT_ROOT / "Makefile").read_text("utf-8")
    for target in named(page, r"`make ([a-z]+)"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for module in named(page, r"python -m (pipelines[\w.]+)"):
        path = PROJECT_ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for command in named(page, r"`filings ([a-z]+(?:-[a-z]+)?)"):
        assert command in commands, command
