"""The command line: `onextree`."""

import sys

import typer

from onextree.cli import (
    consume,
    db,
    events,
    generate,
    history,
    hook,
    keys,
    lineage,
    projects,
    query,
    relationships,
    relay,
    serve,
    show,
    stamp,
    tree,
    up,
    update,
    versions,
)
from onextree.cli.output import exit_status, report
from onextree.errors import OnexTreeError

__all__ = ["app", "bridge_tree_generate", "main", "run"]

app = typer.Typer(
    name="onextree",
    help="Projects as trees, every change of them as a numbered snapshot.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(projects.app, name="projects")
app.add_typer(versions.app, name="versions")
app.add_typer(db.app, name="db")
app.add_typer(hook.app, name="hook")
app.add_typer(keys.app, name="keys")
app.add_typer(events.app, name="events")
app.command()(generate.generate)
app.command()(update.update)
app.command()(show.show)
app.command()(show.files)
app.command()(query.query)
app.command()(history.diff)
app.command()(history.history)
app.command()(history.churn)
app.command()(history.duplicates)
app.command()(history.growth)
app.command()(history.languages)
app.command()(lineage.lineage)
app.command()(stamp.stamp)
app.command()(stamp.validate)
app.command()(relationships.related)
app.command()(relationships.impact)
app.command()(relationships.cycles)
app.command()(relationships.findings)
app.command()(tree.tree)
app.command()(tree.export)
app.command(name="import")(tree.import_)
app.command()(serve.serve)
app.command()(relay.relay)
app.command()(consume.consume)
app.command()(up.up)


def main() -> None:
    """Entry point of `onextree`."""
    run(app)


def bridge_tree_generate() -> None:
    """Entry point of `bridge-tree-generate`: `onextree generate` by the specification's name."""
    application = typer.Typer(pretty_exceptions_enable=False)
    application.command(name="bridge-tree-generate")(generate.generate)
    run(application)


def run(application: typer.Typer) -> None:
    """Run a command; its errors become a sentence and an exit status."""
    try:
        application()
    except OnexTreeError as error:
        report(error)
        sys.exit(exit_status(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader, `head` say, has what it wanted.
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":  # as `onextree up` starts the services
    main()
