"""What the clients make of answers, whatever those are."""

import asyncio
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.clients import shapes
from onextree.clients.answers import Answers, Told
from onextree.clients.bodies import read_bounded
from onextree.clients.confidence import Confidence, ConfidenceLevel, confidence_of
from onextree.clients.envelope import open_envelope, read_object, retry_after
from onextree.clients.measures import Measures
from onextree.clients.requests import Request, correlation, entity_tag
from onextree.clients.transport import Reply
from onextree.errors import ClientError, InvalidRequest, ServiceUnavailableError

REQUEST = Request.post("/query", {"query": ".py"})
SERVER = "http://127.0.0.1:8058"

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = (
    *("success", "total_files", "total_directories", "total_size_mb", "generation_time_ms"),
    *("tree_hash", "tree_loaded", "statistics", "total_size_bytes", "last_updated"),
    *("intelligence", "patterns", "relationships", "metadata", "results", "nodes", "count"),
    *("analysis_type", "recommendations", "tree", "type", "status", "data", "error", "message"),
    *("detail", "code", "http_status", "version", "project_root"),
)
NEARLY: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(FIELDS),
    JSON
    | st.just(True)
    | st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6)
    | st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4), max_size=2),
    max_size=10,
)
SHAPES = [
    *(shapes.generation, shapes.enrichment, shapes.stats, shapes.intelligence),
    *(shapes.graph, shapes.files, shapes.root),
]
score = st.floats(0, 1)


def reply(status: int, content: object, **headers: str) -> Reply:
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, httpx.Headers(named), body)


def opened(status: int, content: object, **headers: str) -> dict[str, Any]:
    return open_envelope(reply(status, content, **headers), REQUEST, SERVER)


def error_of(call: Callable[[], object]) -> ClientError | None:
    """The error of a call that else gives an object."""
    try:
        assert isinstance(call(), dict)
    except ClientError as error:
        return error
    return None


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=60, deadline=None)
@given(data=NEARLY)
def test_an_answer_of_any_shape_is_an_answer_or_a_client_error(
    shape: Callable[[dict[str, Any]], dict[str, Any]], data: dict[str, Any]
) -> None:
    error = error_of(lambda: shape(data))
    assert error is None or error.message.endswith((".", "?"))


@settings(max_examples=200, deadline=None)
@given(
    status=st.sampled_from([200, 200, 204, 302, 404, 422, 500, 503]),
    content=st.binary(max_size=40) | JSON | NEARLY,
)
def test_a_reply_of_any_content_is_data_or_a_client_error(status: int, content: Any) -> None:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    for read in (open_envelope, read_object):
        error = error_of(partial(read, reply(status, body), REQUEST, SERVER))
        if error is not None:
            assert error.status is None or 200 <= error.status < 600
            assert len(error.message) < 1_000
            assert error.message.isprintable()


@pytest.mark.parametrize("content", [{}, [], None, 1, "x", True, [{}], {"a": 1}])
def test_no_field_of_another_type_is_a_crash(content: Any) -> None:
    names = ("status", "data", "error", "message", "metadata", "detail")
    for status in (200, 404, 500):
        for name in names:
            told = {"status": "error", "error": [{"code": content}], name: content}
            assert error_of(lambda: opened(status, told)) is not None  # noqa: B023
    for name in ("analysis_type", "recommendations"):
        confidence_of({"intelligence": {name: content}})
    for name in ("intelligence", "patterns", "relationships", "metadata"):
        confidence_of({name: content})


def test_nested_statistics_are_flat() -> None:
    nested = {
        "tree_loaded": True,
        "statistics": {
            "total_files": 3,
            "total_directories": 1,
            "file_type_distribution": {"py": 3},
            "total_size_bytes": 3 << 19,
            "last_updated": "2025-10-24T10:30:00Z",
            "index_sizes": {},
        },
    }
    flat = {
        "total_files": 3,
        "total_directories": 1,
        "total_size_mb": 1.5,
        "last_generated": "2025-10-24T10:30:00Z",
    }
    assert shapes.stats(nested) == {**flat, "tree_hash": None, "missing": ["tree_hash"]}
    for place in (nested["statistics"], nested):
        assert isinstance(place, dict)
        place["tree_hash"] = "a" * 64
        assert shapes.stats(nested) == {**flat, "tree_hash": "a" * 64}
    assert shapes.stats({"tree_loaded": False}) == {}


def test_an_error_says_what_the_service_said() -> None:
    ours = {
        "status": "error",
        "data": None,
        "error": [{"code": "TREE_NOT_FOUND", "field": None, "message": "An item's."}],
        "message": "There is no tree; generate one first.",
        "metadata": {"http_status": 404},
    }
    for status in (404, 200):  # `ONEXTREE_HTTP_STATUS` is http, or envelope
        with pytest.raises(ClientError, match="There is no tree; generate one first") as caught:
            opened(status, ours)
        assert caught.value.status == 404
        assert caught.value.details == {"service_code": "TREE_NOT_FOUND"}
    with pytest.raises(ClientError, match="with status 400: No tree loaded"):
        opened(400, {"detail": "No tree loaded. Generate first."})
    with pytest.raises(ClientError, match="with status 422: Field required"):
        opened(422, {"detail": [{"loc": ["body", "query"], "msg": "Field required"}]})
    with pytest.raises(ClientError, match="with status 200: it broke"):
        opened(200, {"status": "error", "error": "it\nbroke"})
    with pytest.raises(ClientError, match="does not serve POST /query") as caught:
        opened(404, {"detail": "Not Found"})
    assert caught.value.details == {"missing": "POST /query"}
    with pytest.raises(ClientError, match="redirects are not followed"):
        opened(307, b"", location="http://elsewhere/")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_service_that_is_not_there_for_now_says_when_it_is(status: int) -> None:
    with pytest.raises(ServiceUnavailableError) as caught:
        opened(status, b"<html>", retry_after="7")
    assert (caught.value.status, caught.value.retry_after) == (status, 7)
    coded = {"status": "error", "error": [{"code": "TIMEOUT", "message": "It took too long."}]}
    with pytest.raises(ServiceUnavailableError, match="took too long"):
        opened(500, coded)


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
def test_other_errors_are_not_that_it_is_not_there(status: int) -> None:
    with pytest.raises(ClientError) as caught:
        opened(status, b"")
    assert not isinstance(caught.value, ServiceUnavailableError)
    assert caught.value.status == status


def test_what_is_not_all_says_so() -> None:
    assert opened(200, {"status": "success", "data": {"a": 1}}) == {"a": 1}
    assert opened(200, {"status": "partial", "data": {"a": 1}}) == {"a": 1, "partial": True}


def test_retry_after_is_seconds_or_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < (retry_after(httpx.Headers({"Retry-After": soon})) or 0) <= 100
    assert retry_after(httpx.Headers({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})) == 0
    for text in ("", "soon", "-1", "1e400", "nan", "²", "9" * 5_000):
        assert retry_after(httpx.Headers([(b"Retry-After", text.encode())])) is None


@given(text=st.text(max_size=40))
def test_no_retry_after_is_a_crash(text: str) -> None:
    found = retry_after(httpx.Headers([(b"Retry-After", text.encode())]))
    assert found is None or found >= 0


def test_confidence_is_upstreams_weights_and_levels() -> None:
    ones = [Confidence(1), Confidence(0, 1), Confidence(0, 0, 1), Confidence(0, 0, 0, 1)]
    assert [each.overall for each in ones] == [0.35, 0.30, 0.20, 0.15]
    assert Confidence(1, 1, 1, 1).overall == 1
    assert Confidence(0.8, 0.8, 0.8, 0.8).level == "high"
    levels = {0.8: "high", 0.79: "medium", 0.5: "medium", 0.49: "low", 0.2: "low", 0.19: "minimal"}
    for overall, level in levels.items():
        assert ConfidenceLevel.of(overall) == level
    said = {"analysis_type": "structure", "recommendations": "Keep it."}
    graded = confidence_of(
        {
            "intelligence": said,
            "patterns": ["p" * 100] * 10,
            "relationships": [{}] * 20,
            "metadata": {"tree_loaded": True, "files_scanned": 3, "nodes_analyzed": 3},
        }
    )
    assert graded == Confidence(1, 1, 1, 1)
    nothing = {"intelligence": {**said, "analysis_type": "minimal"}, "metadata": {}}
    assert confidence_of(nothing).level == "minimal"


@given(data=NEARLY, scores=st.tuples(score, score, score, score))
def test_confidence_is_from_0_to_1(
    data: dict[str, Any], scores: tuple[float, float, float, float]
) -> None:
    for graded in (confidence_of(data), Confidence(*scores)):
        assert all(0 <= each <= 1 for each in list(graded.as_dict().values())[:5])


def test_what_cannot_be_sent_is_the_callers_mistake() -> None:
    for body in ({"a": "\ud800"}, {"a": object()}, {"a": {1: 2}}):
        with pytest.raises(InvalidRequest):
            Request.post("/query", body)
    for unfit in ("a\r\nHost: b", "ä", "x" * 129, "a b"):
        with pytest.raises(InvalidRequest):
            correlation(unfit)
    with pytest.raises(InvalidRequest):
        entity_tag("A" * 64)
    assert correlation(UUID(int=1)) == str(UUID(int=1))
    assert correlation(None) != correlation(None)


def test_the_same_question_is_the_same_however_it_is_written() -> None:
    assert Request.post("/a", {"x": 1, "y": 2}) == Request.post("/a", {"y": 2, "x": 1})


@pytest.mark.parametrize(
    ("encoding", "content", "wrong"),
    [
        ("identity", b"x" * 10, None),
        ("identity", b"x" * 11, "more than 10 bytes"),
        ("gzip", gzip.compress(b"x" * 10), None),
        ("gzip", gzip.compress(b"x" * 10_000_000), "more than 10 bytes"),
        ("gzip", gzip.compress(b"x" * 10)[:-9], "in the middle"),
        ("gzip", b"no gzip", "no gzip"),
        ("br", b"x", "not asked for"),
    ],
    ids=["fits", "too long", "gzip", "bomb", "cut off", "not gzip", "unasked"],
)
def test_a_body_is_bounded_however_it_is_packed(
    encoding: str, content: bytes, wrong: str | None
) -> None:
    async def read() -> bytearray:
        headers = {"content-encoding": encoding}
        stream = httpx.ByteStream(content)
        return await read_bounded(httpx.Response(200, headers=headers, stream=stream), 10)

    if wrong is None:
        assert asyncio.run(read()) == b"x" * 10
    else:
        with pytest.raises(ValueError, match=wrong):
            asyncio.run(read())


class Asking:
    """Something to ask that counts, and that answers when it is let."""

    def __init__(self, *, is_kept: bool = True, content: bytes = b"1") -> None:
        self.count = 0
        self.cancelled = 0
        self.begun = asyncio.Event()
        self.let = asyncio.Event()
        self.told = Told(content, is_kept=is_kept)

    async def __call__(self) -> Told:
        self.count += 1
        self.begun.set()
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return self.told


def test_an_answer_is_kept_for_its_time() -> None:
    async def check() -> None:
        now, ask = [0.0], Asking()
        answers = Answers(2, 300, timer=lambda: now[0])
        ask.let.set()
        assert await answers.get("q", ask) == (b"1", False)
        now[0] = 299
        assert await answers.get("q", ask) == (b"1", True)
        now[0] = 301
        assert await answers.get("q", ask) == (b"1", False)
        for question in ("a", "b", "c"):
            await answers.get(question, ask)
        assert len(answers) == 2
        assert answers.forget() == 2
        assert await answers.get("c", ask) == (b"1", False)

    asyncio.run(check())


@pytest.mark.parametrize(
    ("seconds", "is_kept", "content"),
    [(0, True, b"1"), (300, False, b"1"), (300, True, b"1" * 10**6)],
)
def test_what_is_not_to_be_kept_is_asked_again(
    seconds: float, is_kept: bool, content: bytes
) -> None:
    async def check() -> None:
        answers, ask = Answers(10, seconds), Asking(is_kept=is_kept, content=content)
        ask.let.set()
        assert await answers.get("q", ask) == (content, False)
        assert await answers.get("q", ask) == (content, False)

    asyncio.run(check())


def test_the_same_question_at_the_same_time_is_asked_once() -> None:
    async def check() -> None:
        answers, ask = Answers(10, 300), Asking()
        tasks = [asyncio.create_task(answers.get("q", ask)) for _ in range(5)]
        await ask.begun.wait()
        tasks[0].cancel()
        tasks[3].cancel()
        await asyncio.wait([tasks[0], tasks[3]])
        ask.let.set()
        left = await asyncio.gather(*(tasks[at] for at in (1, 2, 4)))
        assert [content for content, _ in left] == [b"1"] * 3
        assert (ask.count, ask.cancelled) == (1, 0)

    asyncio.run(check())


def test_what_nobody_waits_for_ends() -> None:
    async def check() -> None:
        answers, ask = Answers(10, 300), Asking()
        tasks = [asyncio.create_task(answers.get("q", ask)) for _ in range(2)]
        await ask.begun.wait()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert all(task.cancelled() for task in tasks)
        assert (ask.count, ask.cancelled) == (1, 1)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        ask.let.set()
        assert await answers.get("q", ask) == (b"1", False)

    asyncio.run(check())


def test_an_answer_from_before_is_never_given_after() -> None:
    async def check() -> None:
        answers, before, after = Answers(10, 300), Asking(content=b"old"), Asking(content=b"new")
        waiting = asyncio.create_task(answers.get("q", before))
        await before.begun.wait()
        answers.forget()
        after.let.set()
        assert await answers.get("q", after) == (b"new", False)
        before.let.set()
        assert await waiting == (b"old", False)
        assert await answers.get("q", after) == (b"new", True)

    asyncio.run(check())


def test_figures_are_counted_by_method() -> None:
    measures = Measures()
    for number in range(4):
        with measures.call("query") as call:
            call.attempts = number
    with pytest.raises(ValueError, match="no"), measures.call("generate_tree"):
        raise ValueError("no")
    measures.looked_up("query", is_hit=True)
    told = measures.as_dict()
    assert (told["calls"], told["failures"], told["retries"]) == (5, 1, 3)
    assert (told["cache_hits"], told["cache_misses"]) == (1, 0)
    assert told["latency_ms"]["p50"] <= told["latency_ms"]["p99"]
    assert told["methods"]["generate_tree"]["failures"] == 1
    assert Measures().as_dict()["latency_ms"] == {"p50": None, "p99": None}
