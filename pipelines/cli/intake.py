"""Commands around the inbox: simulate, receive, withdraw, admit, check, template."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.homes import announced, working_home
from pipelines.cli.waiting import show_waiting
from pipelines.core.errors import FilingsError
from pipelines.core.home import Home, make_home
from pipelines.core.settings import chosen_home, named_or_own_home
from pipelines.core.text import printable

_PERIOD = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])")


def init(
    folder: Annotated[
        Path | None,
        typer.Argument(help="数据目录,缺省为 FILINGS_HOME,再缺省为本项目 | the folder"),
    ] = None,
) -> None:
    """建立数据目录(raw/inbox)和密钥 | Make a folder a home of filings."""
    from pipelines.core.privacy import load_key

    home = Home(folder.resolve()) if folder is not None else named_or_own_home()
    is_new = make_home(home)
    load_key(home)
    print(f"{'已建立数据目录' if is_new else '已经是数据目录'}:{home.root}")
    print(f"报送请放入 {home.inbox}/<六位县码>/<期次>/,再运行 filings refresh。")
    if home != chosen_home():
        print(f"使用前请设置:export FILINGS_HOME={shlex.quote(str(home.root))}")


def simulate(
    profile: Annotated[
        str, typer.Option(help="sample(石首和示例县)、shishou、counties(只有示例县)、small")
    ] = "sample",
    counties: Annotated[int, typer.Option(help="示例县个数 | invented counties")] = 4,
    households: Annotated[int, typer.Option(help="每个示例县的户数 | households of each")] = 600,
    period: Annotated[
        list[str] | None, typer.Option(help="示例县的期次 YYYY-MM,至少两个 | their periods")
    ] = None,
    seed: Annotated[int, typer.Option(help="随机种子 | the same seed gives the same files")] = 2020,
) -> None:
    """生成样例县的报送(人员均为虚构)| Make sample counties whose people do not exist."""
    from pipelines.cli.progress import sample_progress
    from pipelines.core.lock import refresh_lock
    from pipelines.core.privacy import load_key
    from pipelines.s2_lake.simulated import real_deliveries
    from pipelines.simulate import simulate as make

    home = announced(chosen_home())
    real = next(real_deliveries(home), None)
    if real is not None:
        raise FilingsError(
            f"{home.root} 中有真实报送({printable(real)}),样例不能放在一起;"
            "请用 FILINGS_HOME 指明另一个数据目录。"
        )
    make_home(home)
    load_key(home)
    with refresh_lock(home), sample_progress() as progress:
        truth = make(
            home,
            profile=profile,
            counties=counties,
            households=households,
            periods=period or ("2019-12", "2020-06"),
            seed=seed,
            progress=progress,
        )
    print(f"报送已放入 {home.inbox},埋设的矛盾见 {truth};运行 filings refresh 处理。")


def receive() -> None:
    """把收件箱里的文件存档为报送 | Archive what lies in the inbox as submissions."""
    from pipelines import s1_archive, s2_lake, s8_county
    from pipelines.core.lock import refresh_lock
    from pipelines.core.privacy import load_key

    home = working_home()
    load_key(home)
    with refresh_lock(home):
        reception = s1_archive.reception(home, tell=lambda said: print(said, file=sys.stderr))
        s8_county.write_notices(home)
    for submission in reception.submissions:
        print(f"{submission.submission_id}:{len(submission.files)} 个文件")
    told = [
        f"{each.county_code}/{each.period}/{printable(each.name)}:"
        f"与 {each.submission_id} 的文件相同,未再处理"
        for each in reception.repeated
    ]
    left = (*reception.left, *reception.outside)
    told += [f"{each.path}:未收,{each.reason_zh}" for each in left]
    for line in s2_lake.log_texts(home, told):
        print(line)
    for warning in s2_lake.log_texts(home, reception.warnings):
        print(f"注意:{warning}", file=sys.stderr)
    print(f"新报送 {len(reception.submissions)} 次;运行 filings refresh 处理。")
    show_waiting(home)


def withdraw(
    submission_id: Annotated[str, typer.Argument(help="报送编号,见回执 | which delivery")],
    reason: Annotated[str, typer.Option(help="撤回的原因 | why it is withdrawn")],
) -> None:
    """撤回报错的一次报送,它之前的报送恢复有效 | Withdraw a delivery filed by mistake."""
    from pipelines import s1_archive
    from pipelines.core.lock import refresh_lock

    home = working_home()
    with refresh_lock(home):
        done = s1_archive.withdraw(home, submission_id, reason)
    print(f"{submission_id} 已于 {done.withdrawn_at} 撤回;运行 filings refresh 后,")
    print("其中各表恢复为此前报送的内容,此前没有报送过的表不再有数据。")


def admit(
    submission_id: Annotated[str, typer.Argument(help="报送编号,见回执 | which delivery")],
    reason: Annotated[str, typer.Option(help="确认的原因 | why it may count")],
    by: Annotated[str, typer.Option(help="由谁确认 | who says so")],
) -> None:
    """确认一次等待确认的报送,使其生效 | Let a delivery count that waits."""
    from pipelines import s2_lake
    from pipelines.core.lock import refresh_lock

    home = working_home()
    with refresh_lock(home):
        done = s2_lake.admit(home, submission_id, reason, by)
    print(f"{submission_id} 已于 {done.admitted_at} 确认;运行 filings refresh 后生效。")


def template(
    tables: Annotated[
        list[str] | None, typer.Argument(help="表的代号或中文名,缺省为全部 | tables, default all")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="存放的文件夹,缺省为当前文件夹下的 templates 或 填报包-县码-期次"),
    ] = None,
    county: Annotated[
        str | None, typer.Option(help="县码:与 --period 一起,生成该县预填好的填报包")
    ] = None,
    period: Annotated[str | None, typer.Option(help="期次 YYYY-MM")] = None,
) -> None:
    """生成空白报送模板,或某县某期预填好的填报包 | Blank workbooks, or a prefilled pack."""
    from pipelines.s8_county import write_pack, write_templates

    if county is None and period is None:
        for path in write_templates(out or Path("templates"), tables):
            print(path)
        return
    if tables:
        raise FilingsError("填报包总是包含应报的和已报过的全部表,请不要再列出表名。")
    if county is None or period is None:
        raise FilingsError("生成填报包请同时给出 --county 六位县码 和 --period YYYY-MM。")
    if not re.fullmatch(r"[0-9]{6}", county) or not _PERIOD.fullmatch(period):
        raise FilingsError("请用 --county 六位县码 和 --period YYYY-MM 说明是哪个县哪一期。")
    for path in write_pack(
        working_home(), county, period, out or Path(f"填报包-{county}-{period}")
    ):
        print(path)
    print("填报包含有姓名和证件号码,文件只有您本人可读(600);请勿通过消息转发。")


def check(
    files: Annotated[list[Path], typer.Argument(help="要检查的文件 | files to check")],
    county: Annotated[str | None, typer.Option(help="六位县码,缺省取自文件夹")] = None,
    period: Annotated[str | None, typer.Option(help="期次 YYYY-MM,缺省取自文件夹")] = None,
    limit: Annotated[int, typer.Option(min=1, help="最多列出几条问题")] = 50,
) -> None:
    """报送前自查:同样的读取、同样的规则,什么也不保存 | A county's own dry run."""
    from rich.console import Console

    from pipelines.cli.dry_run import dry_run

    place = _place(files, county, period)
    progress = Console(stderr=True)
    with (
        tempfile.TemporaryDirectory(prefix="filings-check-") as scratch,
        progress.status("准备 …") as status,
    ):
        home = Home(Path(scratch))
        # Its keys go away with the folder: no home is needed and none gets a key.
        home.key_file.parent.mkdir(parents=True)
        home.key_file.write_text("filings check", encoding="utf-8")
        inbox = home.inbox / place[0] / place[1]
        inbox.mkdir(parents=True)
        for file in files:
            shutil.copy(file, inbox / file.name)
        result = dry_run(home, chosen_home(), lambda stage: status.update(f"{stage} …"))
    result.show(limit)
    raise typer.Exit(1 if result.has_errors else 0)


def _place(files: list[Path], county: str | None, period: str | None) -> tuple[str, str]:
    """Return county and period, from the options or the folders the files lie in."""
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise FilingsError(f"没有这个文件:{'、'.join(missing)}。")
    links = [str(file) for file in files if file.is_symlink()]
    if links:
        raise FilingsError(f"这是链接,请给出文件本身:{'、'.join(links)}。")
    twice = sorted(name for name, count in Counter(f.name for f in files).items() if count > 1)
    if twice:
        raise FilingsError(f"有同名文件,一次报送中不能并存,请改名:{'、'.join(twice)}。")
    folders = files[0].resolve().parts[-3:-1]
    county = county or (folders[0] if len(folders) == 2 else "")
    period = period or (folders[1] if len(folders) == 2 else "")
    if not re.fullmatch(r"[0-9]{6}", county) or not _PERIOD.fullmatch(period):
        raise FilingsError("请用 --county 六位县码 和 --period YYYY-MM 说明是哪个县哪一期的报送。")
    return county, period
