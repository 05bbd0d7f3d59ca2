"""Workers that parse may hang, crash or be killed: every file is answered, the others are right."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import psutil
import pytest

from onextree.errors import EnrichmentFailed
from onextree.intelligence.extraction.contents import MAX_BYTES
from onextree.intelligence.extraction.extractors import extract
from onextree.intelligence.extraction.pool import ExtractionPool, Source, extraction_pool
from onextree.intelligence.facts import FileFacts, decode_facts

WORKER = "onextree.intelligence.extraction.worker"

CRASHES = b"(" * 100_000 + b")" * 100_000
"""Kotlin that its parser's stack is too small for."""

HANGS = b"a<" * (1 << 19)
"""C# that takes its parser minutes."""

SWELLS = b"a<b," * (1 << 16)
"""TypeScript that takes its parser gigabytes."""


@pytest.fixture
def pool() -> Iterator[ExtractionPool]:
    # That of this process, whose workers would be taken for this one's.
    extraction_pool().close()
    extraction_pool.cache_clear()
    made = ExtractionPool(2)
    yield made
    made.close()


def python(number: int) -> Source:
    return str(number).encode(), "Python", f"import a{number}\n".encode()


def extracted(pool: ExtractionPool, files: Iterable[Source]) -> dict[bytes, FileFacts]:
    found = [(key, decode_facts(facts)) for key, facts in pool.extract(files)]
    assert len(found) == len(dict(found))
    return dict(found)


def expected(files: Iterable[Source]) -> dict[bytes, FileFacts]:
    return {key: extract(language, content) for key, language, content in files}


def workers(parent: int | None = None) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(parent).children():
        with suppress(psutil.Error):
            if WORKER in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
    return found


def test_workers_say_what_this_process_would(pool: ExtractionPool) -> None:
    paths = Path(__file__).parents[2].glob("onextree/events/**/*.py")
    files = [(os.fsencode(path), "Python", path.read_bytes()) for path in paths]
    assert extracted(pool, files) == expected(files)


def test_nothing_asked_is_nothing_answered_and_starts_no_worker(pool: ExtractionPool) -> None:
    assert extracted(pool, []) == {}
    assert workers() == []


def test_few_files_take_one_worker(pool: ExtractionPool) -> None:
    extracted(pool, map(python, range(20)))
    assert len(workers()) == 1


def test_files_are_taken_as_answers_are(pool: ExtractionPool) -> None:
    taken = 0

    def files() -> Iterator[Source]:
        nonlocal taken
        while True:
            taken += 1
            yield python(taken)

    answers = pool.extract(files())
    for answered in range(1, 500):
        next(answers)
        assert taken - answered < 200
    answers.close()
    assert extracted(pool, [python(1)]) == expected([python(1)])


def test_killed_workers_cost_no_file(pool: ExtractionPool) -> None:
    numbered = [python(number) for number in range(300)]

    def files() -> Iterator[Source]:
        yield from numbered[:200]
        for worker in workers():
            worker.kill()
        yield from numbered[200:]

    for _ in range(4):
        assert extracted(pool, files()) == expected(numbered)


def test_a_file_that_workers_crash_on_is_left_out() -> None:
    pool = ExtractionPool(1)
    facts = extracted(pool, [python(1), (b"bad", "Kotlin", CRASHES), python(2)])
    pool.close()
    assert facts.pop(b"bad") == FileFacts(1, failure="crash")
    assert facts == expected([python(1), python(2)])


def test_a_file_that_hangs_is_cut_off() -> None:
    pool = ExtractionPool(1, deadline=0.4)
    facts = extracted(pool, [python(1), (b"bad", "C#", HANGS), python(2)])
    pool.close()
    assert facts.pop(b"bad") == FileFacts(1, failure="timeout")
    assert facts == expected([python(1), python(2)])


def test_a_worker_that_stands_still_is_replaced() -> None:
    pool = ExtractionPool(1, deadline=0.4)
    extracted(pool, [python(0)])
    for worker in workers():
        worker.suspend()
    facts = extracted(pool, map(python, range(9)))
    assert facts.pop(b"0").failure == "timeout"
    assert facts == expected(map(python, range(1, 9)))
    pool.close()


def test_a_file_that_takes_too_much_memory_is_cut_off() -> None:
    pool = ExtractionPool(1, memory=1 << 27)
    facts = extracted(pool, [python(1), (b"bad", "TypeScript", SWELLS), python(2)])
    pool.close()
    assert facts.pop(b"bad") == FileFacts(1, failure="memory")
    assert facts == expected([python(1), python(2)])


def test_too_large_files_are_answered_without_a_worker(pool: ExtractionPool) -> None:
    large = (b"large", "Python", b"\n" * (MAX_BYTES + 1))
    assert extracted(pool, [large]) == {b"large": FileFacts(MAX_BYTES + 1, failure="too_large")}
    assert extracted(pool, [python(1), large, python(2)]).keys() == {b"1", b"large", b"2"}


def test_workers_that_do_not_start_are_no_file_s_fault(
    pool: ExtractionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", "/bin/false")
        with pytest.raises(EnrichmentFailed, match="standard error"):
            extracted(pool, [python(1)])
    assert extracted(pool, [python(1)]) == expected([python(1)])


def test_threads_share_the_workers(pool: ExtractionPool) -> None:
    found: list[dict[bytes, FileFacts]] = []

    def run(first: int) -> None:
        found.append(extracted(pool, map(python, range(first, first + 100))))

    threads = [Thread(target=run, args=(number * 1000,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, found)) == [100] * 4
    assert len(workers()) == 2


def test_a_forked_child_has_workers_of_its_own() -> None:
    script = (
        "import os; from onextree.intelligence.extraction.pool import extraction_pool;"
        "files = [(b'k', 'Python', b'import a')];"
        "before = dict(extraction_pool().extract(files));"
        "child = os.fork();"
        "same = dict(extraction_pool().extract(files)) == before;"
        "child or os._exit(0 if same else 1);"
        "assert same and os.waitpid(child, 0)[1] == 0"
    )
    subprocess.run([sys.executable, "-c", script], timeout=60, check=True)


def test_the_directory_it_starts_in_holds_no_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ast_grep_py", "marshal", "orjson"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the project ran')\n")
    monkeypatch.chdir(tmp_path)
    pool = ExtractionPool(1)
    assert extracted(pool, [python(1)]) == expected([python(1)])
    pool.close()


def test_a_worker_ends_with_its_parent_though_it_hangs() -> None:
    script = (
        "from onextree.intelligence.extraction.pool import ExtractionPool;"
        f"from {__name__} import HANGS;"
        "list(ExtractionPool(1, deadline=1).extract([(b'k', 'C#', HANGS)]))"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[2])
    left: list[psutil.Process] = []
    while not left:
        time.sleep(0.02)
        left = workers(parent.pid)
    time.sleep(0.4)  # by now it parses
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _, alive = psutil.wait_procs(left, timeout=30)
    assert alive == []
