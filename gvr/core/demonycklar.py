"""Log-ins of the demo: made from the installation's own secret, so no two demos share them."""

import hashlib


def derive(secret: str, namn: str, length: int) -> str:
    """Return the demo's password or token for this name; the same every time it is asked."""
    return hashlib.sha256(f"demo:{namn}:{secret}".encode()).hexdigest()[:length]
