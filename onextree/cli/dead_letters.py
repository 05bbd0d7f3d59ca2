"""`onextree events dlq`: messages of others that could not be taken."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from onextree.cli.options import JsonOption
from onextree.cli.output import human_size, human_time, print_json, print_table
from onextree.errors import InvalidRequest
from onextree.opening import open_service
from onextree.service import OnexTreeService
from onextree.service.dead_letters import check_kept
from onextree.service.receiving import Outcome, Received
from onextree.settings import load_settings
from onextree.store.dead_letters import DeadLetter

__all__ = ["app"]

app = typer.Typer(help="Requests of others that could not be taken.", no_args_is_help=True)

_WORDS = {
    Outcome.REQUESTED: "taken: the update is requested",
    Outcome.DUPLICATE: "was taken before",
    Outcome.DEAD_LETTER: "refused again",
}


@app.command(name="list")
def list_(
    with_replayed: Annotated[
        bool, typer.Option("--all", help="Also those that were taken since.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List what could not be taken, and why, in the order in which it came."""
    with open_service(load_settings()) as service:
        found = service.list_dead_letters(with_replayed=with_replayed)
    if as_json:
        print_json([_public(letter) for letter in found])
    elif not found:
        typer.echo("There are no dead letters.")
    else:
        _print(found)


@app.command()
def replay(
    ids: Annotated[
        list[int] | None,
        typer.Argument(
            metavar="ID...", help="Of `onextree events dlq list`.", min=1, max=2**63 - 1
        ),
    ] = None,
    replay_all: Annotated[
        bool, typer.Option("--all", help="All that were not taken since.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Receive messages once more; status 1 where one is refused again."""
    if replay_all == bool(ids):
        raise InvalidRequest("Name the dead letters that are to be replayed, or give --all.")
    with open_service(load_settings()) as service:
        letters = (
            service.list_dead_letters()
            if replay_all
            else [service.find_dead_letter(each) for each in dict.fromkeys(ids or ())]
        )
        if not replay_all:
            for letter in letters:
                check_kept(letter)
        replayed = list(_replay(service, letters))
    if as_json:
        print_json([{"id": letter_id, **asdict(received)} for letter_id, received in replayed])
    elif not replayed:
        typer.echo("There are no dead letters.")
    else:
        print_table(
            (
                (
                    letter_id,
                    received.project_id or "-",
                    _WORDS[received.outcome],
                    received.code or "-",
                    received.reason or "-",
                )
                for letter_id, received in replayed
            ),
            *("id", "project", "outcome", "code", "reason"),
        )
    if any(received.outcome is Outcome.DEAD_LETTER for _, received in replayed):
        raise typer.Exit(1)


def _replay(
    service: OnexTreeService, letters: Sequence[DeadLetter]
) -> Iterator[tuple[int, Received]]:
    """What becomes of each; one that cannot be replayed does not keep the others from it."""
    for letter in letters:
        try:
            received = service.replay_dead_letter(letter.id)
        except InvalidRequest as error:
            received = Received(Outcome.DEAD_LETTER, code=letter.code, reason=error.message)
        yield letter.id, received


def _print(letters: Sequence[DeadLetter]) -> None:
    print_table(
        (
            (
                letter.id,
                f"{letter.topic} {letter.partition} {letter.offset}",
                human_size(letter.size) + ("" if letter.is_kept else ", not kept"),
                human_time(letter.received_at),
                human_time(letter.published_at),
                human_time(letter.replayed_at, absent="-"),
                letter.code,
                letter.reason,
            )
            for letter in letters
        ),
        *("id", "topic, partition, offset", "size", "received", "published", "replayed"),
        *("code", "reason"),
    )


def _public(letter: DeadLetter) -> dict[str, object]:
    public = asdict(letter)
    del public["value"]
    key = None if letter.key is None else letter.key.decode("utf-8", "backslashreplace")
    return {**public, "key": key, "digest": letter.digest.hex()}
