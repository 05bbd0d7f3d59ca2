"""What stamping is sent: forms that are hashed while they arrive, large contents, garbage."""

import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pydantic import SecretStr

from onextree.settings import Settings
from onextree.store.embedded.cluster import Cluster
from tests.api_servers import served
from tests.bridges import Api, running_bridge
from tests.conftest import create_database

MEGABYTE = 2**20
INVALID = (400, "INVALID_REQUEST")
TOO_LARGE = (413, "PAYLOAD_TOO_LARGE")
PREFIX = "/api/v1/metadata-stamping"
NAMESPACE = "omninode.services.metadata"
BOUNDARY = "xyz"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_bridge(settings, stamp_max_bytes=2 * MEGABYTE, api_max_body=1000) as running:
        yield running


def part(content: bytes, name: str = "file", more: str = '; filename="a"') -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def in_pieces(body: bytes, size: int) -> Iterator[bytes]:
    for begin in range(0, len(body), size):
        yield body[begin : begin + size]


@pytest.mark.parametrize("prefix", ["", PREFIX])
def test_a_file_is_hashed(api: Api, prefix: str) -> None:
    content = b"\r\n--xy\r\n--xyz" * 1000 + bytes(range(256))
    data = api.data("POST", f"{prefix}/hash", files={"file": ("a.bin", content)})
    assert data.pop("execution_time_ms") > 0
    assert data.pop("performance_grade") in ("A", "B", "C")
    assert data == {
        "file_hash": blake3(content).hexdigest(),
        "file_size_bytes": len(content),
        "blake3": blake3(content).hexdigest(),
        "namespace": NAMESPACE,
    }
    named = api.data(
        "POST",
        f"{prefix}/hash",
        files={"file": b""},
        data={"namespace": "team.one", "other": "passed over"},
    )
    assert named["file_hash"] == blake3().hexdigest()
    assert (named["file_size_bytes"], named["namespace"]) == (0, "team.one")


@given(st.binary(max_size=200), st.integers(1, 50))
@examples(max_examples=20, deadline=None)
def test_a_file_is_hashed_however_it_arrives(shared: Api, content: bytes, size: int) -> None:
    if b"\r\n--" + BOUNDARY.encode() in content:
        return
    body = part(b"team", "namespace", "") + part(content) + END
    data = shared.data("POST", "/hash", content=in_pieces(body, size), headers=FORM)
    assert data["file_hash"] == blake3(content).hexdigest()
    assert data["namespace"] == "team"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[Api]:
    place = tmp_path_factory.mktemp("hashing")
    create_database(cluster, place.name, "template_latest")
    settings = Settings.model_construct(
        home=place, database_url=SecretStr(cluster.url(place.name, driver="psycopg"))
    )
    with running_bridge(settings) as running:
        yield running


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage",
        END,
        part(b"a"),
        part(b"a") + part(b"b") + END,
        part(b"a", "other") + END,
        part(b"a")[:-2] + END,
        b"--xyz\r\nContent-Disposition\r\n\r\na\r\n" + END,
        b"--xyz\r\n" + b"A: b\r\n" * 100 + b"\r\na\r\n" + END,
        part(b"a") + part(b"\xff", "namespace", "") + END,
        part(b"a") + part(b"not one", "namespace", "") + END,
        part(b"a") + part(b"x" * 2_000, "namespace", "") + END,
        part(b"", "other", "") * 50 + part(b"a") + END,
    ],
)
def test_a_form_that_is_none_is_refused(shared: Api, body: bytes) -> None:
    assert shared.error("POST", "/hash", content=body, headers=FORM) == INVALID


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "x" * 1_000,
        "application/x-www-form-urlencoded",
        "multipart/mixed; boundary=xyz",
    ],
)
def test_what_is_no_form_is_refused(shared: Api, kind: str) -> None:
    body = part(b"a") + END
    headers = {"Content-Type": kind}
    assert shared.error("POST", "/hash", content=body, headers=headers) == INVALID


def test_a_content_may_have_as_many_bytes_as_the_setting_says(api: Api) -> None:
    most, more = b"x" * (2 * MEGABYTE), b"x" * (2 * MEGABYTE + 1)
    assert api.data("POST", "/hash", files={"file": most})["file_size_bytes"] == len(most)
    assert api.error("POST", "/hash", files={"file": more}) == TOO_LARGE
    for prefix in ("", PREFIX):
        for path in ("/stamp", "/validate", "/validate-protocol"):
            assert api.post(prefix + path, json={"content": most.decode()}).is_success
            assert api.error("POST", prefix + path, json={"content": more.decode()}) == TOO_LARGE
    both = [{"id": str(len(each)), "content": each.decode()} for each in (b"x", more)]
    results = api.post("/batch", json={"items": both}).json()["data"]["results"]
    assert [each["success"] for each in results] == [True, False]
    assert results[1]["error"]["code"] == "PAYLOAD_TOO_LARGE"
    # A body that is larger than any content can make it is not even read, nor one elsewhere.
    assert api.error("POST", "/stamp", content=more * 2) == TOO_LARGE
    assert api.error("POST", "/hash", content=more * 2, headers=FORM) == TOO_LARGE
    assert api.error("POST", "/tree/generate", content=b"x" * 1001) == TOO_LARGE


@pytest.mark.parametrize("prefix", ["", PREFIX])
def test_what_cannot_be_read_is_said_to_be_so(api: Api, prefix: str) -> None:
    url, kind = f"{prefix}/stamp", {"Content-Type": "application/json"}
    for body in (
        b"",
        b"{",
        b'{"content": "\xff"}',
        b'{"content": "\\ud800"}',
        b'{"content": "a", "metadata": {"a": "\\udfff"}}',
        b'{"content": "a", "metadata": {"a\\u0000": 1}}',
        b'{"content": "a", "metadata": {"a": NaN}}',
        b'{"content": "a", "intelligence_data": {"a": ["\\u0000"]}}',
        b'{"content": "a", "metadata": ' + b'{"a":' * 40 + b"1" + b"}" * 41,
        b'{"content": "a", "metadata": {"a": "' + b"x" * 2**20 + b'"}}',
        b'{"content": "a", "project_id": ""}',
        b'{"content": "a", "protocol_version": "9"}',
        b'{"content": "a", "namespace": "a b"}',
        b'{"content": "a", "namespace": ""}',
    ):
        assert api.error("POST", url, content=body, headers=kind) == INVALID, body[:60]
    text = b'{"content": "a"}'
    assert api.error("POST", url, content=text, headers={"Content-Type": "text/plain"}) == INVALID
    for wrong in (
        {},
        {"content": None},
        {"content": 1},
        {"content": "a", "file_path": "a\0"},
        {"content": "a", "op_id": "\0"},
        {"content": "a", "version": 2**40},
        {"content": "a", "options": {"stamp_type": "heavy"}},
        {"content": "a", "metadata": []},
    ):
        answer = api.post(url, json=wrong)
        (error,) = answer.json()["error"]
        assert answer.status_code == 422
        assert error["code"] == "INVALID_REQUEST"
        assert error["field"].startswith("body.")
    assert api.data("GET", f"/namespace/{NAMESPACE}")["total_stamps"] == 0
    older = {"file_hash": "0" * 64, "file_path": "a.py", "file_size": 9, "stamp_data": {}}
    message = api.post(url, json=older).json()["message"]
    assert message.startswith("body.content: A stamp is made of the content")


def test_a_content_is_text_with_whatever_characters_there_are(api: Api) -> None:
    for middle, has_sidecar in (("", False), ("\0", True)):
        content = f"\ufeffa{middle}b\r\n\u2028\U0001f600" + '"\\' * 1000
        data = api.data("POST", "/stamp", json={"content": content})
        assert data["blake3"] == blake3(content.encode()).hexdigest()
        told = api.data("POST", "/validate", json={"content": data["stamped_content"]})
        assert told["current_hash"] == data["content_hash"]
        assert (data["sidecar"] is not None, told["is_valid"]) == (has_sidecar, not has_sidecar)


def test_a_large_file_is_hashed_without_being_kept(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 100 * MEGABYTE
    piece = bytes(range(256)) * 256
    hasher = blake3()
    most = 0
    kept: set[str] = set()

    def watch(worker: psutil.Process, done: threading.Event) -> None:
        nonlocal most
        while not done.wait(0.02):
            most = max(most, worker.memory_info().rss)
            kept.update(file.path for file in worker.open_files())

    def form() -> Iterator[bytes]:
        yield part(b"")[:-2]
        for _ in range(size // len(piece)):
            hasher.update(piece)
            yield piece
        yield b"\r\n" + END

    with served(tmp_path, database_url=database_url, api_workers=1) as server:
        server.api.data("POST", "/hash", files={"file": b"warm"})
        (worker,) = server.workers
        before, files = worker.memory_info().rss, {each.path for each in worker.open_files()}
        done = threading.Event()
        watcher = threading.Thread(target=watch, args=(worker, done))
        watcher.start()
        try:
            data = server.api.data("POST", "/hash", content=form(), headers=FORM)
        finally:
            done.set()
            watcher.join()
        assert data["file_size_bytes"] == size
        assert data["file_hash"] == hasher.hexdigest()
        assert most - before < size // 4
        assert not {each for each in kept - files if each.startswith(tempfile.gettempdir())}


def test_large_contents_are_all_stamped(settings: Settings) -> None:
    content = "x" * (11 * MEGABYTE)

    def stamp(number: int) -> dict[str, Any]:
        body = {"content": f"{number}\n{content}"}
        with Api(base_url=url, timeout=60, trust_env=False) as client:
            data = client.data("POST", "/stamp", json=body)
        assert isinstance(data, dict)
        return data

    with running_bridge(settings, api_timeout=60.0) as api, ThreadPoolExecutor(4) as threads:
        url = api.base_url
        many = threads.map(stamp, range(4))
        small = api.data("POST", "/stamp", json={"content": "small"})
        made = list(many)
    assert small["is_stored"] is True
    assert len({each["file_hash"] for each in made}) == 4
    for number, each in enumerate(made):
        assert each["stamped_content"].endswith(f"{number}\n{content}")
