"""kill -9 and SIGSTOP of a relay: nothing is lost, and what Kafka has is always a prefix."""

import os
import signal
from collections.abc import Iterator

import psutil
import pytest

from onextree.events.kafka.connection import KafkaConnection
from onextree.events.topics import Topics
from onextree.settings import Settings
from onextree.store import outbox
from onextree.store.database import Database
from tests.event_topics import with_kafka
from tests.relays import (
    check_prefixes,
    publish,
    relay_of,
    relay_process,
    relaying,
    sent,
    tell,
    until,
)

pytestmark = pytest.mark.part("kafka")

PROJECTS = [f"project-{number}" for number in range(8)]
EACH = 12

# Kills, or stops, the relay at a named point.
CODE = """
import os, signal

from onextree.events.relaying.sending import Sender
from onextree.events.relaying.streams import Streams
from onextree.store import outbox

point, number = {point!r}, {signal}

def dies(owner, name, *, after, calls=1):
    function, left = getattr(owner, name), calls

    def dying(*arguments, **options):
        nonlocal left
        left -= 1
        if left == 0 and not after:
            os.kill(os.getpid(), number)
        result = function(*arguments, **options)
        if left == 0 and after:
            os.kill(os.getpid(), number)
        return result

    setattr(owner, name, dying)

match point:
    case "before it claims":
        dies(outbox, "claim_streams", after=False)
    case "before the claim is committed":
        dies(outbox, "claim_streams", after=True)
    case "before anything is sent":
        dies(Streams, "start", after=False)
    case "after the first was sent":
        dies(Sender, "send", after=True)
    case "after the first was acknowledged":
        dies(Streams, "_go_on", after=False, calls=len({projects!r}) + 1)
    case "in the middle":
        dies(Sender, "send", after=True, calls=40)
    case "before it marks":
        dies(outbox, "mark_published", after=False)
    case "before the mark is committed":
        dies(outbox, "mark_published", after=True)
    case "after it marked":
        dies(Streams, "take_finished", after=False, calls=2)
"""

POINTS = [
    "before it claims",
    "before the claim is committed",
    "before anything is sent",
    "after the first was sent",
    "after the first was acknowledged",
    "in the middle",
    "before it marks",
    "before the mark is committed",
    "after it marked",
]


def dying(point: str, number: signal.Signals) -> str:
    return CODE.format(point=point, signal=int(number), projects=PROJECTS)


@pytest.fixture
def published(settings: Settings, kafka: str) -> Iterator[Settings]:
    made = with_kafka(settings, kafka)
    yield made
    KafkaConnection(kafka).admin().delete_topics(list(Topics.from_settings(made).all()))


def waiting(database: Database) -> int:
    with database.reading() as connection:
        return outbox.measure_outbox(connection).waiting


@pytest.mark.parametrize("point", POINTS)
def test_whoever_is_killed_everything_is_published_in_order(
    point: str, published: Settings, database: Database
) -> None:
    tell(database, PROJECTS, EACH)
    with relay_process(published, code=dying(point, signal.SIGKILL)) as process:
        _, err = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, err
    check_prefixes(sent(published))
    relayed = publish(published, database)
    assert (waiting(database), relayed.failures) == (0, {})
    assert check_prefixes(sent(published)) == dict.fromkeys(PROJECTS, EACH)


@pytest.mark.parametrize(
    "point", ["before anything is sent", "after the first was acknowledged", "before it marks"]
)
def test_a_relay_that_was_frozen_beyond_its_lease_breaks_no_order(
    point: str, published: Settings, database: Database
) -> None:
    tell(database, PROJECTS, EACH)
    with relay_process(published, code=dying(point, signal.SIGSTOP)) as process:
        until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED, "it froze")
        assert publish(published, database).failures == {}
        assert waiting(database) == 0
        with relaying(relay_of(published, database)):
            tell(database, PROJECTS, EACH)
            os.kill(process.pid, signal.SIGCONT)
            tell(database, PROJECTS, EACH)
            until(lambda: waiting(database) == 0, "all are published")
        tell(database, PROJECTS, 1)
        until(lambda: waiting(database) == 0, "the one that was frozen goes on")
        process.terminate()
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert check_prefixes(sent(published)) == dict.fromkeys(PROJECTS, 3 * EACH + 1)
