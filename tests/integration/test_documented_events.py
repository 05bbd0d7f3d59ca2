"""What docs/events.md shows, run as it stands."""

import asyncio
import re
import textwrap
from pathlib import Path

import pytest

from onextree.events.kafka.connection import KafkaConnection
from onextree.events.kafka.provisioning import create_topics
from onextree.events.message import Message
from onextree.events.topics import Topics
from onextree.service import OnexTreeService
from onextree.service.receiving import Outcome
from onextree.settings import Settings
from tests.event_topics import with_kafka
from tests.relays import sent
from tests.repositories import Repository
from tests.shell import Shell

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)


def commands() -> list[str]:
    lines = [line.partition("#")[0].strip() for block in blocks("sh") for line in block.split("\n")]
    return [line.removeprefix("onextree ") for line in lines if line and "ID" not in line]


@pytest.mark.parametrize("command", commands())
def test_each_command_runs(command: str, shell: Shell) -> None:
    status, out, err = shell("onextree", *command.split())
    assert (status, err) == (0, "")
    assert out


@pytest.mark.part("kafka")
def test_an_update_is_asked_for_as_the_page_says(
    kafka: str,
    settings: Settings,
    service: OnexTreeService,
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = with_kafka(settings, kafka)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka)
    monkeypatch.setenv("ONEXTREE_EVENT_PREFIX", own.event_prefix)
    topics = Topics.from_settings(own)
    create_topics(KafkaConnection.from_settings(own), topics.all())  # as the relay does
    (shown,) = blocks("python")
    code = shown.replace("/srv/webshop", str(repository.root))
    names: dict[str, object] = {}
    exec(f"async def show():\n{textwrap.indent(code, '    ')}", names)
    show = names["show"]
    assert callable(show)
    asyncio.run(show())
    (message,) = sent(own)
    repository.write("src/app.py", "print(1)\n")
    repository.commit()
    service.add_project(repository.root, "webshop")
    received = service.receive(
        Message(message.topic, message.partition, message.offset, message.key, message.value)
    )
    assert received.outcome is Outcome.REQUESTED
