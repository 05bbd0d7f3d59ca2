"""What a listener asks of its clients, and with what they meet it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["PASSWORD", "PLAINTEXT", "USERNAME", "Certificates", "Security"]

USERNAME = "onextree"
PASSWORD = "a-password-of-the-tests"

Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, slots=True)
class Security:
    """What a client has to do.

    Attributes:
        tls: Speak TLS, and believe the broker's authority.
        mechanism: Log in by this SASL mechanism, as USERNAME with PASSWORD.
        client_certificate: Show a certificate of that authority; needs `tls`.
    """

    tls: bool = False
    mechanism: Mechanism | None = None
    client_certificate: bool = False

    @property
    def protocol(self) -> str:
        """Kafka's `security.protocol`."""
        transport = "SSL" if self.tls else "PLAINTEXT"
        return f"SASL_{transport}" if self.mechanism else transport


PLAINTEXT = Security()


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files.

    Attributes:
        authority: The certificate of who signed the others.
        broker: Key and certificate of 127.0.0.1, in one file.
        client: A client's certificate.
        client_key: Its key, without a password.
    """

    authority: Path
    broker: Path
    client: Path
    client_key: Path
