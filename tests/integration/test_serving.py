"""`onextree serve`: several processes behind one port, keys for other machines, a calm end."""

import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import httpx
from psutil import STATUS_ZOMBIE as ZOMBIE

from onextree.service import OnexTreeService
from tests.api_servers import served
from tests.installations import ONEXTREE, wait_until
from tests.repositories import Repository


def run_serve(tmp_path: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {"ONEXTREE_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"} | settings
    return subprocess.run(
        [*ONEXTREE, "serve"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).is_success
    except httpx.TransportError:
        return False


def test_several_processes_answer_and_end_when_asked(
    tmp_path: Path, database_url: str, repository: Repository
) -> None:
    repository.write("a.py", "x = 1\n")
    repository.commit("first")
    with served(tmp_path, database_url=database_url, api_workers=2) as server:
        body = {"project_id": "shop", "project_root": str(repository.root)}
        assert server.api.data("POST", "/tree/generate", json=body)["version"] == 1
        assert server.api.data("GET", "/tree/shop/file?path=a.py")["size_bytes"] == 6
        workers = server.workers
        assert len(workers) == 2
        assert server.stop() == 0
        assert not [worker for worker in workers if worker.is_running()]
        assert "Traceback" not in server.log.read_text()


def test_what_was_asked_before_the_end_is_answered(
    tmp_path: Path, database_url: str, repository: Repository, service: OnexTreeService
) -> None:
    repository.write("a.py", "x = 1\n")
    repository.commit("first")
    service.add_project(repository.root, "shop")
    service.generate("shop")
    repository.write("a.py", "x = 2\n")
    settings: dict[str, Any] = {"debounce_seconds": 1, "debounce_longest": 1, "api_workers": 1}
    with served(tmp_path, database_url=database_url, **settings) as server:
        answers: list[httpx.Response] = []
        body = {"project_id": "shop", "modified_files": ["a.py"]}
        asking = threading.Thread(
            target=lambda: answers.append(server.api.post("/tree/incremental-update", json=body))
        )
        asking.start()
        while service.update_due("shop") is None:
            assert asking.is_alive()
        server.process.send_signal(signal.SIGTERM)
        asking.join(30)
        assert answers[0].json()["data"]["version"] == 2
        assert server.process.wait(30) == 0


def test_a_process_that_dies_is_replaced(tmp_path: Path, database_url: str) -> None:
    with served(tmp_path, database_url=database_url, api_workers=2) as server:
        first = server.workers[0]
        first.kill()
        deadline = time.monotonic() + 60
        while first.pid in (pids := {each.pid for each in server.workers}) or len(pids) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        # The other one may have been on its way still.
        wait_until(lambda: answers(f"{server.url}/tree"), "nobody answers")


def test_without_keys_nobody_but_this_machine_is_answered(
    tmp_path: Path, database_url: str
) -> None:
    refused = run_serve(tmp_path, ONEXTREE_API_HOST="0.0.0.0", ONEXTREE_DATABASE_URL=database_url)
    assert refused.returncode == 2
    assert "ONEXTREE_API_AUTH=keys" in refused.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path, database_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = run_serve(tmp_path, ONEXTREE_API_PORT=port, ONEXTREE_DATABASE_URL=database_url)
    assert refused.returncode == 2
    assert "ONEXTREE_API_PORT" in refused.stderr


def test_keys_are_asked_for_by_every_process(
    tmp_path: Path, database_url: str, service: OnexTreeService, repository: Repository
) -> None:
    service.add_project(repository.root, "shop")
    key = service.add_key("reader", ["shop"])[0].text
    settings: dict[str, Any] = {"api_auth": "keys", "api_workers": 2}
    with served(tmp_path, database_url=database_url, **settings) as server:
        for _ in range(10):
            with httpx.Client(base_url=server.url) as client:
                assert client.get("/tree").status_code == 401
                assert client.get("/tree").headers["www-authenticate"] == "Bearer"
                headers = {"Authorization": f"Bearer {key}"}
                listed = client.get("/tree", headers=headers).json()["data"]
                assert [each["project_id"] for each in listed] == ["shop"]
                assert client.get("/tree/other/stats", headers=headers).status_code == 403
                write = client.post("/tree/shop/enrich", headers=headers)
                assert write.status_code == 403
        assert key not in server.log.read_text()
        service.revoke_key("reader")
        deadline = time.monotonic() + 30
        while any(
            httpx.get(f"{server.url}/tree", headers={"X-API-Key": key}).status_code != 401
            for _ in range(8)
        ):
            assert time.monotonic() < deadline


def test_slow_headers_are_not_waited_for_for_ever(tmp_path: Path, database_url: str) -> None:
    with served(tmp_path, database_url=database_url, api_workers=1) as server:
        port = int(server.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=40) as client:
            client.sendall(b"GET /tree HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            while client.recv(1000):  # until the server has closed it
                pass
        assert server.api.get("/health/live").status_code == 200


def test_no_process_is_left_when_the_server_is_killed(tmp_path: Path, database_url: str) -> None:
    with served(tmp_path, database_url=database_url, api_workers=2) as server:
        workers = server.workers
        server.process.kill()
        server.process.wait(10)
        deadline = time.monotonic() + 20
        # Nobody may be there to bury them.
        while any(each.is_running() and each.status() != ZOMBIE for each in workers):
            assert time.monotonic() < deadline
            time.sleep(0.05)
