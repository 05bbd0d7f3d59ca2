"""Patterns that say which code is responsible for what."""

from onextree.intelligence.architecture.layer import Layers
from onextree.intelligence.architecture.pattern import Pattern, confidence, describe_pattern
from onextree.intelligence.architecture.sources import Sources, directories_of, is_aside

__all__ = [
    "find_hexagonal",
    "find_layered",
    "find_mvc",
    "find_repositories",
    "find_service_layer",
]

_REPOSITORY = ("repository", "Repository", "Data is reached through classes made for it.")
_SERVICE_LAYER = (
    "service-layer",
    "Service layer",
    "What the application can do lies in services, below its interface.",
)
_MVC = ("mvc", "Model–view–controller", "Controllers stand between models and views.")
_HEXAGONAL = (
    "hexagonal",
    "Ports and adapters",
    "The domain names interfaces as ports, and adapters implement them.",
)
_LAYERED = ("layered", "Layered architecture", "Imports lead from each layer to lower ones.")

_REPOSITORIES = ("repositories", "repository", "dao", "daos")
_SERVICES = ("services", "service", "usecases", "use_cases")
_DATA = ("models", "entities", "domain", "persistence", "db", "database", *_REPOSITORIES)
_INTERFACES = ("controllers", "controller", "routes", "routers", "handlers", "endpoints", "api",
               "resolvers", "cli", "commands")  # fmt: skip


def _interface(sources: Sources) -> set[int]:
    return sources.bearing("controller", "http-route", "cli-command") | sources.below(*_INTERFACES)


def find_repositories(sources: Sources) -> Pattern | None:
    """Two repositories at least, imported by others; one that imports services opposes."""
    found = sources.bearing("repository") | sources.directly_in(*_REPOSITORIES)
    used = sources.crossing(sources.files - found, found)
    if len(found) < 2 or not used:
        return None
    above = (sources.bearing("service") | _interface(sources)) - found
    sure = confidence(len(found), used, sources.crossing(found, above))
    return describe_pattern(sources.base, _REPOSITORY, found, sure, ("repository",))


def find_service_layer(sources: Sources) -> Pattern | None:
    """Two services at least, imported by an interface.

    Imports from interface to services to data agree; from services up to the interface, and from
    the interface past them to repositories, oppose.
    """
    found = sources.bearing("service") | sources.directly_in(*_SERVICES)
    interface = _interface(sources) - found
    used = sources.crossing(interface, found)
    if len(found) < 2 or not used:
        return None
    repositories = sources.bearing("repository") | sources.below(*_REPOSITORIES)
    data = (repositories | sources.bearing("orm-model") | sources.below(*_DATA)) - found
    opposing = sources.crossing(found, interface)
    opposing += sources.crossing(interface, repositories - found - interface)
    sure = confidence(len(found), used + sources.crossing(found, data), opposing)
    return describe_pattern(sources.base, _SERVICE_LAYER, found, sure, ("service",))


def find_mvc(sources: Sources) -> Pattern | None:
    """Models, views and controllers, of which controllers import the others.

    Views may be templates. Models that import views or controllers oppose.
    """
    controllers = sources.bearing("controller") | sources.below("controllers", "controller")
    models = (sources.below("models", "model") | sources.bearing("orm-model")) - controllers
    if not controllers or not models:
        return None
    views = sources.below("views", "view") - controllers - models
    agreeing = sources.crossing(controllers, models | views)
    if not agreeing or not (views or _has_templates(sources)):
        return None
    opposing = sources.crossing(models, controllers | views)
    opposing += sources.crossing(views, controllers)
    found = controllers | models | views
    sure = confidence(len(found), agreeing, opposing)
    return describe_pattern(sources.base, _MVC, found, sure, ("controller", "orm-model"))


def _has_templates(sources: Sources) -> bool:
    directories = {path.rpartition("/")[0] for path in sources.base.paths}
    return any(
        not {"views", "templates"}.isdisjoint(directories_of(directory)) and not is_aside(directory)
        for directory in directories
    )


def find_hexagonal(sources: Sources) -> Pattern | None:
    """Ports and adapters, of which adapters import ports or the domain; the reverse opposes."""
    adapters = sources.bearing("adapter") | sources.below("adapters")
    ports = (sources.bearing("port") | sources.below("ports")) - adapters
    domain = (sources.below("domain", "core") | ports) - adapters
    if not ports or not adapters:
        return None
    agreeing = sources.crossing(adapters, domain)
    if not agreeing or not (sources.below("ports") or len(ports) > 1):
        return None
    sure = confidence(len(ports | adapters), agreeing, sources.crossing(domain, adapters))
    return describe_pattern(sources.base, _HEXAGONAL, ports | adapters, sure, ("port", "adapter"))


def find_layered(sources: Sources, layers: Layers) -> Pattern | None:
    """Layers that are told by their names; violations of them oppose."""
    if layers.basis != "names":
        return None
    found = {number for layer in layers.layers for number in layer.files}
    agreeing = sources.crossing(found, found) - len(layers.violations)
    sure = confidence(len(found), agreeing, len(layers.violations))
    return describe_pattern(sources.base, _LAYERED, found, sure)
