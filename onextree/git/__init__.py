"""The one hardened door to git."""
