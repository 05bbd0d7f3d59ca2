"""Places where something listens."""

import socket

from onextree.errors import ConfigurationError

__all__ = ["http_url", "require_free_port"]


def http_url(host: str, port: int) -> str:
    """The URL of what listens there; an IPv6 address stands in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def require_free_port(setting: str, host: str, port: int) -> None:
    """Refuse a place where nothing can listen.

    Args:
        setting: What the settings of it are called: ``API`` of ``ONEXTREE_API_PORT``, say.

    Raises:
        ConfigurationError: It says which settings to change.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"Nothing can listen on {host}:{port} ({error.strerror}); set "
                f"ONEXTREE_{setting}_PORT or ONEXTREE_{setting}_HOST."
            ) from error
