"""`onextree.analytics`: the questions of docs/analytics.md, and some more, as frames."""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.engine import make_url

import onextree
from onextree.analytics import Analytics, open_analytics
from onextree.analytics.schemas import SCHEMAS
from onextree.errors import (
    DatabaseUnavailable,
    DeadlineExceeded,
    InvalidQuery,
    ProjectNotFound,
    TreeNotFound,
)
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import projects
from onextree.store.database import Database, RawConnection, statement
from onextree.tree.names import decode_name
from tests.repositories import Repository
from tests.stores import ROOTS, record
from tests.webshop import ANALYTICS, QUERIES, store_versions

Rows = list[tuple[Any, ...]]

METHODS = dict(inspect.getmembers(Analytics, inspect.isfunction))
METHODS = {name: method for name, method in METHODS.items() if not name.startswith("_")}
COVERING = (
    *("churn", "directory_churn", "path_history", "changes"),
    *("diff", "language_drift", "growth", "directory_growth", "quality_drift"),
)


@pytest.fixture
def analytics(service: OnexTreeService, database: Database) -> Analytics:
    return Analytics(service, database, RetryPolicy(attempts=1))


@pytest.fixture
def versions(service: OnexTreeService, database: Database, tmp_path: Path) -> None:
    store_versions(service, database, tmp_path)


def ask(analytics: Analytics, name: str, project_id: str = "webshop", **more: Any) -> pd.DataFrame:
    """With what has to be given, and more."""
    needed = {
        parameter.name
        for parameter in inspect.signature(METHODS[name]).parameters.values()
        if parameter.default is inspect.Parameter.empty
    } - {"self"}
    given = {"project_id": project_id, "path": "src/app.py"}
    frame = METHODS[name](analytics, **{key: given[key] for key in needed}, **more)
    assert isinstance(frame, pd.DataFrame)
    return frame


def stored_at(database: Database, version: int, time: str) -> None:
    with database.transaction() as connection:
        connection.execute(statement("allow_repair"))
        connection.execute(
            "UPDATE onextree.versions SET created_at = %s"
            " WHERE project_id = 'webshop' AND version = %s",
            [time, version],
        )


def taking(parameter: str) -> list[str]:
    return [name for name in METHODS if parameter in inspect.signature(METHODS[name]).parameters]


def rows(frame: pd.DataFrame, columns: str) -> Rows:
    """As Python has them, None for what is missing."""
    values = frame[columns.split()].astype(object)
    return list(values.where(values.notna(), None).itertuples(index=False, name=None))


def changed_most(analytics: Analytics) -> Rows:
    frame = analytics.churn("webshop")
    frame = frame[frame["modified"] > 0].sort_values(
        ["modified", "path"], ascending=[False, True], kind="stable"
    )
    return rows(frame, "path modified last_changed")


def changes_of_path(analytics: Analytics) -> Rows:
    frame = analytics.path_history("webshop", "src/app.py")
    return rows(frame[frame["change"] != "present"], "version change changed_at commit_id run_id")


def copies(analytics: Analytics) -> Rows:
    found: dict[tuple[Any, ...], list[str]] = {}
    for *content, project_id, path in rows(
        analytics.duplicates(), "blake3 copies size_bytes project_id path"
    ):
        found.setdefault(tuple(content), []).append(f"{project_id}: {path}")
    return [(*content, files) for content, files in found.items()]


def users_of_cart(analytics: Analytics) -> Rows:
    frame = analytics.relationships("webshop")
    return rows(frame[frame["target"] == "src/cart.py"], "source line kind first_seen_version")


def introduced_in_the_second(analytics: Analytics) -> Rows:
    frame = analytics.findings("webshop", 2, since=1)
    frame["change"] = np.where(frame["is_resolved"], "resolved", "introduced")
    return rows(frame, "change severity rule path message")


def files_by_state(analytics: Analytics) -> Rows:
    counted = analytics.stamp_manifest("webshop")["state"].value_counts()
    return [(str(state), int(files)) for state, files in counted.items() if files]


def mismatched(analytics: Analytics) -> Rows:
    found = []
    for project_id in ("library", "webshop"):
        frame = analytics.stamp_manifest(project_id)
        frame = frame[frame["state"] == "mismatched"].assign(project_id=project_id)
        found += rows(frame, "project_id path form stamp_hash content_hash sidecar_path")
    return found


def origin_of_stamp(analytics: Analytics) -> Rows:
    frame = analytics.stamp_manifest("webshop").set_index("path")
    stamps = analytics.stamps("webshop")
    stamps = stamps[stamps["stamp_id"] == frame.loc["src/cart.py", "stamp_id"]]
    stamps["stamp_id"] = stamps["stamp_id"].map(UUID)
    return rows(stamps, "stamp_id created_at tree_version commit_id run_id")


def stamped_of_a_run(analytics: Analytics) -> Rows:
    stamps = analytics.stamps()
    frame = analytics.stamp_manifest("webshop").merge(
        stamps[stamps["run_id"] == "second"], on="stamp_id"
    )
    return rows(frame, "project_id path state namespace")


ANSWERS: dict[int, Callable[[Analytics], Rows]] = {
    1: lambda a: rows(a.projects(), "project_id version total_files total_size_bytes"),
    2: lambda a: rows(a.failures(), "project_id error_code error_message"),
    3: lambda a: rows(
        a.versions("webshop"), "version created_at total_files total_size_bytes grown_by"
    ),
    4: changed_most,
    5: lambda a: rows(a.directory_churn("webshop", days=30, limit=20), "directory changes"),
    6: changes_of_path,
    7: lambda a: rows(a.languages(), "language files size_bytes"),
    8: copies,
    9: lambda a: rows(
        a.largest_directories("webshop", limit=20),
        "directory files_below size_bytes_below purpose",
    ),
    10: lambda a: rows(a.untested_projects(), "project_id source_files"),
    11: lambda a: rows(a.diff("webshop", 1, 3), "path change"),
    12: lambda a: rows(a.runs(), "run_id project_id version changed_files"),
    13: users_of_cart,
    14: introduced_in_the_second,
    15: lambda a: rows(a.quality_drift("webshop"), "version severity findings"),
    16: files_by_state,
    17: mismatched,
    18: origin_of_stamp,
    19: stamped_of_a_run,
}


@pytest.mark.parametrize("number", QUERIES)
@pytest.mark.usefixtures("versions")
def test_a_frame_says_what_the_query_says(
    number: int, analytics: Analytics, database: Database
) -> None:
    with database.reading() as connection:
        expected = connection.execute(QUERIES[number].encode()).fetchall()
    answer = ANSWERS[number](analytics)
    assert answer
    assert answer == [row[: len(answer[0])] for row in expected]


@pytest.mark.usefixtures("versions")
def test_ages_count_from_the_last_verification(analytics: Analytics) -> None:
    frame = analytics.projects().set_index("project_id")
    assert frame["unverified_for"]["webshop"] < pd.Timedelta(minutes=2)
    assert frame["unverified_for"].isna().to_dict() == {
        "webshop": False,
        "library": False,
        "broken": True,
    }


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.usefixtures("versions")
def test_a_frame_has_its_dtypes(name: str, analytics: Analytics) -> None:
    frame = ask(analytics, name)
    assert len(frame) > 0
    assert_typed(frame, name)


@pytest.mark.parametrize("name", METHODS)
def test_an_empty_frame_has_the_same_dtypes(
    name: str, analytics: Analytics, database: Database
) -> None:
    if name != "projects":
        with database.transaction() as connection:
            for project_id in ("new", "bare"):
                projects.register_project(connection, project_id, ROOTS / project_id)
            record(connection, "bare", [])
    frame = ask(analytics, name, "new" if name == "versions" else "bare")
    assert len(frame) == 0
    assert_typed(frame, name)


def assert_typed(frame: pd.DataFrame, name: str) -> None:
    assert {column: str(dtype) for column, dtype in frame.dtypes.items()} == SCHEMAS[name]
    for column in frame.select_dtypes("category"):
        assert frame[column].cat.categories.dtype == "string"
    assert ("period" in frame.attrs) is (name in COVERING)
    json.dumps(frame.attrs)


def test_every_frame_is_declared_and_documented() -> None:
    assert METHODS.keys() == SCHEMAS.keys()
    table = ANALYTICS.split("## In pandas")[1]
    for name, method in METHODS.items():
        assert f"`{name}(" in table, name
        assert list(columns_of(method)) == list(SCHEMAS[name]), name


def columns_of(method: Callable[..., pd.DataFrame]) -> Iterator[str]:
    """Those that its docstring names."""
    described = (inspect.getdoc(method) or "").split("\nColumns:\n")[1].split("\n\n")[0]
    other = re.fullmatch(r" +As in `(\w+)`\.", described)
    if other:
        yield from columns_of(METHODS[other[1]])
    for names in re.findall(r"^    (\w[\w, ]*):", described, re.M):
        yield from names.split(", ")


@pytest.mark.usefixtures("versions")
def test_answers_say_which_versions_they_cover(
    analytics: Analytics, service: OnexTreeService
) -> None:
    period = service.churn("webshop").period
    assert period.from_time is not None
    assert period.to_time is not None
    assert analytics.churn("webshop").attrs["period"] == {
        **period.as_dict(),
        "from_time": period.from_time.astimezone(UTC).isoformat(),
        "to_time": period.to_time.astimezone(UTC).isoformat(),
    }
    assert all(f"`{key}`" in ANALYTICS for key in period.as_dict())
    for name in COVERING:
        covered = ask(analytics, name).attrs["period"]
        assert covered["from_version"] == (2 if name == "diff" else 1), name
        assert covered["to_version"] == 3, name
    back = analytics.diff("webshop", 3, 1)
    assert (back.attrs["from_version"], back.attrs["to_version"]) == (3, 1)
    assert back.attrs["period"]["versions"] == 3


@pytest.mark.usefixtures("versions")
def test_days_leave_out_older_versions(analytics: Analytics, database: Database) -> None:
    for version in (1, 2):
        stored_at(database, version, "2020-01-01 00:00Z")
    assert rows(analytics.changes("webshop", days=30), "version change path") == [
        (3, "modified", "src/app.py"),
        (3, "removed", "tests/test_app.py"),
    ]
    assert len(analytics.changes("webshop")) == 4
    for name in taking("days"):
        covered = ask(analytics, name, days=30).attrs["period"]
        assert covered["from_version"] == covered["to_version"] == 3, name


@pytest.mark.usefixtures("versions")
def test_files_are_those_of_any_version(
    analytics: Analytics, service: OnexTreeService, tmp_path: Path
) -> None:
    shop = Repository(tmp_path / "webshop")
    shop.write("d" * 200 + "/" + "e" * 200 + "/" + "f" * 200 + "/long.py", "1")
    shop.write(b'odd/\xff\n\\N,".py', "2")
    (shop.root / "link").symlink_to("README.md")
    service.generate("webshop")
    for version in (None, 1, 2, 3, 4):
        entries = service.files("webshop", version)
        assert sorted(rows(analytics.files("webshop", version), "path size_bytes blake3")) == [
            (decode_name(entry.path), entry.size, entry.digest.hex() if entry.digest else None)
            for entry in sorted(entries, key=lambda entry: decode_name(entry.path))
        ]
    frame = analytics.files("webshop").set_index("path")
    assert frame.index.is_monotonic_increasing
    assert rows(frame.loc[["link", "src/app.py"]], "directory name kind language category") == [
        ("", "link", "symlink", None, "data"),
        ("src", "app.py", "file", "Python", "source"),
    ]


@pytest.mark.usefixtures("versions")
def test_versions_are_named_as_frames_have_them(analytics: Analytics) -> None:
    versions = analytics.versions("webshop")
    first = versions.iloc[0]
    for name in (np.int64(1), "1", first["created_at"], str(first["created_at"])):
        assert len(analytics.files("webshop", name)) == 4
        assert analytics.diff("webshop", name).attrs["from_version"] == 1
    assert analytics.files("webshop", versions["version"].max()).equals(analytics.files("webshop"))


@pytest.mark.usefixtures("versions")
def test_times_are_in_utc_whatever_the_server_speaks(
    service: OnexTreeService, database: Database, database_url: str
) -> None:
    with database.transaction() as connection:
        name = make_url(database_url).database
        connection.execute(f"ALTER DATABASE \"{name}\" SET timezone = 'America/St_Johns'")
    stored_at(database, 1, "2026-01-31 23:00:00Z")
    stored_at(database, 2, "2026-07-01 00:30:00.123456Z")
    elsewhere = Database(database_url)
    try:
        with elsewhere.transaction() as connection:
            assert connection.execute("SHOW timezone").fetchone() == ("America/St_Johns",)
        analytics = Analytics(OnexTreeService(elsewhere, Settings()), elsewhere)
        stored = analytics.versions("webshop")["created_at"]
        changed = analytics.changes("webshop")["changed_at"]
        covered = analytics.changes("webshop").attrs["period"]
    finally:
        elsewhere.close()
    assert str(stored[0]) == "2026-01-31 23:00:00+00:00"
    assert str(stored[1]) == str(changed[0]) == "2026-07-01 00:30:00.123456+00:00"
    assert covered["from_time"] == "2026-01-31T23:00:00+00:00"


@pytest.mark.parametrize("name", taking("project_id"))
def test_an_unknown_project_is_an_error(name: str, analytics: Analytics) -> None:
    with pytest.raises(ProjectNotFound, match="'nobody'"):
        METHODS[name](analytics, "nobody", *(["app.py"] if name == "path_history" else []))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [(name, {"limit": limit}) for name in taking("limit") for limit in (0, 10_001)]
    + [(name, {"days": days}) for name in taking("days") for days in (0, 40_000)]
    + [("duplicates", {"least_size": -1}), ("path_history", {"path": "a\0"})]
    + [("files", {"version": version}) for version in (0, "yesterday", pd.Timestamp(0))]
    + [("diff", {"before": "yesterday"}), ("diff", {"after": 0})],
)
@pytest.mark.usefixtures("versions")
def test_what_cannot_be_meant_is_refused(
    name: str, wrong: dict[str, Any], analytics: Analytics
) -> None:
    with pytest.raises(InvalidQuery):
        METHODS[name](analytics, project_id="webshop", **wrong)


@pytest.mark.usefixtures("versions")
def test_what_is_not_stored_is_an_error(analytics: Analytics) -> None:
    for name in ("files", *COVERING):
        with pytest.raises(TreeNotFound, match="no version yet"):
            ask(analytics, name, "broken")
    with pytest.raises(TreeNotFound, match="no version 9"):
        analytics.files("webshop", 9)
    with pytest.raises(TreeNotFound, match="no version 9"):
        analytics.diff("webshop", 9)


@pytest.mark.usefixtures("versions")
def test_a_removed_project_has_its_history(analytics: Analytics, service: OnexTreeService) -> None:
    service.remove_project("webshop", keep_history=True)
    assert len(analytics.files("webshop")) == 4
    assert len(analytics.changes("webshop")) == 4
    assert len(analytics.runs("webshop")) == 2
    assert rows(analytics.languages(), "language projects") == [("Python", 1)]
    for name in ("languages", "largest_directories", "duplicates"):
        with pytest.raises(ProjectNotFound, match="was removed"):
            METHODS[name](analytics, "webshop")


@pytest.mark.usefixtures("versions")
def test_a_statement_has_a_deadline(analytics: Analytics, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("LOCK TABLE onextree.versions IN ACCESS EXCLUSIVE MODE")
        database.read_timeout = 0.1
        with pytest.raises(DeadlineExceeded, match="ONEXTREE_READ_TIMEOUT"):
            analytics.files("webshop")


@pytest.mark.usefixtures("versions")
def test_what_passes_by_itself_is_tried_again(
    service: OnexTreeService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, tries = database.reading, []

    @contextmanager
    def unsteady() -> Iterator[RawConnection]:
        tries.append(1)
        if len(tries) == 1:
            raise DatabaseUnavailable("Not now.")
        with reading() as connection:
            yield connection

    analytics = Analytics(service, database, RetryPolicy(attempts=2, first_wait=0.01))
    monkeypatch.setattr(database, "reading", unsteady)
    assert len(analytics.files("webshop")) == 4
    assert len(tries) == 2


@pytest.mark.usefixtures("versions")
def test_the_document_says_how_to_open_it(
    database_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEXTREE_DATABASE_URL", database_url)
    (code,) = re.findall(r"^```python\n(.*?)^```$", ANALYTICS, re.M | re.S)
    told: dict[str, Any] = {}
    exec(code, told)
    assert told["busy"].to_dict() == {"Python": 3}
    assert told["covered"]["versions"] == 3
    with open_analytics(settings) as analytics:
        assert analytics.untested_projects().equals(told["analytics"].untested_projects())


def test_nothing_else_imports_pandas() -> None:
    top = Path(onextree.__file__).parent
    for module in top.rglob("*.py"):
        if not module.is_relative_to(top / "analytics"):
            assert "pandas" not in module.read_text(), module
