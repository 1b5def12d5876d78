"""Resources of a run: the home it works on, held locked from the first step to the last.

Belongs here: what a run needs for its whole length. Does not: anything a single stage does.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from dagster import ConfigurableResource, InitResourceContext
from pydantic import PrivateAttr

from pipelines import s3_models
from pipelines.core.errors import FilingsError
from pipelines.core.lock import refresh_lock
from pipelines.core.settings import Home, is_sample_over

RESTART = (
    "本项目的收件箱或档案里已有报送,而 make dev 启动时还没有,仍停在样例数据上:"
    "请停止 make dev(Ctrl+C),再重新运行。"
)


class LockedHome(ConfigurableResource["LockedHome"]):
    """The home of a run, under its refresh lock.

    Every asset asks for this resource, and the executor runs all steps in one process, so the
    lock is taken once before the first step and released after the last. With ``is_locked`` whoever
    runs the job in this process holds it already, and for longer.

    ``deciding`` is the hash of the project's files as they were when this process began to read
    them: what is published is stamped with it, so that an edit made meanwhile is seen next time.
    """

    root: str
    is_locked: bool = False
    deciding: str = ""
    _has_restored: bool = PrivateAttr(default=False)

    @property
    def has_restored(self) -> bool:
        """Whether this run found the last publication whole, or made it so."""
        return self._has_restored

    def restored(self) -> None:
        """Remember it for the steps that follow in this run."""
        self._has_restored = True

    @property
    def folders(self) -> Home:
        """The home itself, as the stages take it."""
        return Home(Path(self.root))

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Generator[LockedHome]:
        """Hold the lock and one dbt while the run lasts.

        Raises:
            BusyError: another run holds the lock.
            FilingsError: an office has filed since ``make dev`` began to work on the sample.
        """
        if is_sample_over():
            raise FilingsError(RESTART)
        home = self.folders
        lock = nullcontext() if self.is_locked else refresh_lock(home)
        with lock, s3_models.warm_dbt(home):
            yield self
