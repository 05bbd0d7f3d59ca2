"""Whether something can listen on a port."""

import socket

from onextree.errors import ConfigurationError

__all__ = ["require_free_port"]


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
