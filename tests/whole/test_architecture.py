"""The way is one-directional: a stage imports core and earlier stages only."""

import ast
from pathlib import Path

import pytest

from pipelines.core.settings import PROJECT_ROOT

PACKAGES = PROJECT_ROOT / "pipelines"
STAGES = sorted(path.name for path in PACKAGES.glob("s[0-9]_*"))
AROUND = {"orchestration", "cli", "simulate", "reconcile"}


def imported(path: Path) -> set[str]:
    """Names of the packages below ``pipelines`` that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("pipelines.")}


def may_import(package: str) -> set[str]:
    if package == "core":
        return {"core"}
    if package in {"simulate", "reconcile"}:
        return {"core", package}
    if package == "orchestration":
        return {"core", "orchestration", *STAGES}
    if package == "cli":
        return {"core", *STAGES, *AROUND}
    return {"core", *STAGES[: STAGES.index(package) + 1]}


def python_files() -> list[Path]:
    return sorted(path for path in PACKAGES.rglob("*.py") if path.parent != PACKAGES)


def test_the_stages_are_those_of_the_way() -> None:
    assert [name[:2] for name in STAGES] == [f"s{number}" for number in range(1, 9)]
    others = {path.parent.name for path in PACKAGES.glob("*/__init__.py")} - {*STAGES}
    assert others == {"core", *AROUND}


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(PACKAGES)))
def test_a_stage_imports_only_core_and_earlier_stages(path: Path) -> None:
    package = path.relative_to(PACKAGES).parts[0]
    assert imported(path) <= may_import(package)


def test_only_settings_reads_the_environment() -> None:
    # Whole environments may be handed to child processes; single variables are settings.
    reading = ("os.environ.get", "os.environ[", "os.getenv")
    found = [
        str(path.relative_to(PACKAGES))
        for path in python_files()
        if any(word in path.read_text(encoding="utf-8") for word in reading)
    ]
    assert found == ["core/settings.py"]


def test_the_rooms_of_the_lake_follow_the_data() -> None:
    rooms = ["files", "texts", "tables", "cells", "rows", "deliveries"]
    lake = PACKAGES / "s2_lake"
    assert {path.parent.name for path in lake.glob("*/__init__.py")} == {*rooms}
    for path in sorted(lake.glob("*/*.py")):
        later = rooms[rooms.index(path.parent.name) + 1 :]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "pipelines.s2_lake"
            ):
                room = (node.module or "").split(".")[2:3]
                assert room and room[0] not in later, f"{path}: {node.module}"
