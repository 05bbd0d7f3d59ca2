"""Patterns that say how code is called, and how its parts call each other."""

from onextree.intelligence.architecture.pattern import Pattern, confidence, describe_pattern
from onextree.intelligence.architecture.sources import Sources

__all__ = [
    "find_cli",
    "find_dagster",
    "find_event_driven",
    "find_factories",
    "find_onex_nodes",
    "find_plugins",
    "find_rest",
    "find_strategies",
]

_EVENT_DRIVEN = ("event-driven", "Event-driven", "Parts tell each other what happened by events.")
_PLUGINS = ("plugin", "Plugins", "What others write is found and loaded at run time.")
_CLI = ("cli", "Command-line application", "Commands of a terminal are its interface.")
_REST = ("rest-api", "REST API", "HTTP requests are answered by routes.")
_DAGSTER = ("dagster", "Dagster", "Data assets orchestrated by Dagster.")
_ONEX = ("onex-nodes", "ONEX nodes", "Nodes are effects, computes, reducers or orchestrators.")
_FACTORY = ("factory", "Factory", "Several factories make things behind one interface.")
_STRATEGY = ("strategy", "Strategy", "Several ways to do one thing stand behind one interface.")

_DAGSTER_SIGNS = ("dagster-asset", "dagster-sensor", "dagster-schedule", "dagster-job",
                  "dagster-resource", "dagster-definitions")  # fmt: skip


def find_event_driven(sources: Sources) -> Pattern | None:
    """Three files at least: what publishes, or a broker, and what handles events or is one."""
    publishing = sources.bearing("event-publisher", "message-broker")
    others = sources.bearing("event-handler", "event")
    found = publishing | others
    if not publishing or not others - publishing or len(found) < 3:
        return None
    sure = confidence(len(found), sources.crossing(sources.files, found))
    signs = ("event-publisher", "message-broker", "event-handler", "event")
    return describe_pattern(sources.base, _EVENT_DRIVEN, found, sure, signs)


def find_plugins(sources: Sources) -> Pattern | None:
    """Hooks, or an abstract plugin with two others at least, or plugins and what loads them.

    Without hooks, imports of plugins by others oppose: these know what should be found.
    """
    hooks = sources.bearing("plugin-hook")
    abstract = sources.bearing("plugin-base")
    loaders = sources.bearing("plugin-loader")
    plugins = (sources.bearing("plugin") | sources.below("plugins")) - abstract - hooks
    if not (hooks or ((abstract or loaders) and len(plugins) > 1)):
        return None
    found = hooks | abstract | loaders | plugins
    agreeing = sources.crossing(plugins | loaders, abstract | hooks)
    opposing = 0 if hooks else sources.crossing(sources.files - found, plugins)
    sure = confidence(len(found), agreeing, opposing)
    signs = ("plugin-hook", "plugin-base", "plugin-loader", "plugin")
    return describe_pattern(sources.base, _PLUGINS, found, sure, signs)


def find_cli(sources: Sources) -> Pattern | None:
    """Commands of a framework, or a parsed command line in a place made for it.

    They import the rest of the project; a single script is no application.
    """
    places = sources.below("cli", "commands", "cmd") | {
        number
        for number in sources.bearing("cli-framework", "cli-parser")
        if sources.base.files[number].path.rpartition("/")[2].startswith(("__main__.", "cli."))
    }
    found = sources.bearing("cli-command") | (
        places & sources.bearing("cli-framework", "cli-parser")
    )
    rest = sources.files - found - sources.below("cli", "commands", "cmd")
    calls = sources.crossing(found, rest)
    if not calls:
        return None
    starting = {number for number in rest if "main" in sources.base.files[number].marks}
    sure = confidence(len(found) + 1, calls, sources.crossing(rest - starting, found))
    signs = ("cli-command", "cli-framework", "cli-parser")
    return describe_pattern(sources.base, _CLI, found, sure, signs)


def find_rest(sources: Sources) -> Pattern | None:
    """Files with routes; templates of pages oppose."""
    found = sources.bearing("http-route")
    if not found:
        return None
    pages = sum(path.endswith((".html", ".jinja2", ".erb", ".ejs")) for path in sources.base.paths)
    sure = confidence(len(found) + 1, 2 * len(found), pages)
    return describe_pattern(sources.base, _REST, found, sure, ("http-route",))


def find_dagster(sources: Sources) -> Pattern | None:
    """Assets, sensors, schedules or jobs; a code location that defines them makes it sure."""
    found = sources.bearing(*_DAGSTER_SIGNS)
    if not found - sources.bearing("dagster-resource"):
        return None
    located = bool(sources.bearing("dagster-definitions")) or not {
        "dagster.yaml",
        "workspace.yaml",
    }.isdisjoint(sources.base.paths)
    sure = confidence(len(found) + 3 * located, 2 * len(found) + 10 * located)
    return describe_pattern(sources.base, _DAGSTER, found, sure, _DAGSTER_SIGNS)


def find_onex_nodes(sources: Sources) -> Pattern | None:
    """Nodes by the names of file and class; files named alike without such a class oppose."""
    found = sources.bearing("onex-node")
    named = {
        number
        for number in sources.files - found
        if sources.base.files[number].path.rpartition("/")[2].startswith("node_")
        and sources.base.files[number].language == "Python"
    }
    sure = confidence(len(found) + 1, 2 * len(found), len(named))
    return describe_pattern(sources.base, _ONEX, found, sure, ("onex-node",))


def find_factories(sources: Sources) -> Pattern | None:
    """An abstract factory, and two others at least that import it."""
    return _family(sources, "factory", _FACTORY)


def find_strategies(sources: Sources) -> Pattern | None:
    """An abstract strategy, and two others at least that import it."""
    return _family(sources, "strategy", _STRATEGY)


def _family(sources: Sources, sign: str, row: tuple[str, str, str]) -> Pattern | None:
    abstract = sources.bearing(f"{sign}-base")
    others = {
        number
        for number in sources.bearing(sign) - abstract
        if sources.crossing({number}, abstract)
    }
    if len(others) < 2:
        return None
    sure = confidence(len(others | abstract), sources.crossing(others, abstract))
    return describe_pattern(sources.base, row, others | abstract, sure, (sign, f"{sign}-base"))
