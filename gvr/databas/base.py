"""Django's PostgreSQL backend, but for two things that a single contact should not pay for.

How it finds out that a kept connection still lives. Django asks the server with a statement at the
first use in every request. A server that has closed the connection, or gone down in an orderly way,
has already said so on the socket. A connection that has been silent for a while is still asked,
since a network may die without a word.

How prepared statements (`gvr.queries.forberett`) are planned: once. PostgreSQL would else compare
that plan with one made for the values at hand, prefer the latter whenever an array is short, and so
plan the statement anew each time, which costs more than running it.
"""

import select
import time
from typing import Any

from django.db.backends.postgresql import base

TYST_SEKUNDER = 10.0  # how long the socket alone is believed


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is asked seldom and listened to always."""

    _svarade = 0.0  # when the server last answered the question, monotonic seconds

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open a connection; a new one has just answered."""
        connection = super().get_new_connection(conn_params)
        self._svarade = time.monotonic()
        return connection

    def init_connection_state(self) -> None:
        """Set up a new connection."""
        super().init_connection_state()
        with self.connection.cursor() as cursor:
            cursor.execute("set plan_cache_mode = force_generic_plan")

    def is_usable(self) -> bool:
        """Say whether the connection lives, with as little as possible."""
        if self.connection is None:
            return False
        now = time.monotonic()
        if now - self._svarade < TYST_SEKUNDER and not self._has_news():
            return True
        if not super().is_usable():
            return False
        self._svarade = now
        return True

    def _has_news(self) -> bool:
        """Say whether the server has said something unasked, as when it closes the connection."""
        poll = select.poll()
        try:
            poll.register(self.connection.pgconn.socket, select.POLLIN)
        except Exception:  # noqa: BLE001  - a connection without a socket is no connection
            return True
        return bool(poll.poll(0))
