"""Links from the UI to the API."""

import dagster as dg

from onextree.ports import http_url
from onextree.settings import load_settings

__all__ = ["api_page"]

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- nothing listens here


def api_page(project_id: str) -> dg.UrlMetadataValue:
    """Where the bridge API tells of a project, as this installation's settings have it."""
    settings = load_settings()
    host = _EVERYWHERE.get(settings.api_host, settings.api_host)
    return dg.MetadataValue.url(f"{http_url(host, settings.api_port)}/tree/{project_id}/stats")
