"""One try over HTTP. An answer comes back as a value, and so does the lack of one."""

import ssl
from collections.abc import Mapping
from typing import Final, Self

import httpx

from gvr_klient.omforsok import Avbrott, Svar

#: There was a connection, and it was cut with the request or the answer on its way.
_BRUTEN: Final = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


class Anslutning:
    """A connection to the API with an account's token and, where asked for, its certificate."""

    def __init__(
        self,
        url: str,
        *,
        token: str = "",
        certifikat: tuple[str, str] | None = None,
        rot: str | None = None,
        tidsgrans: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Take the address that ends in /api/v1.

        `certifikat` is the files of a client certificate and its key, `rot` a file with the roots
        that the server's certificate is checked against (none: the system's own).
        """
        self.url = url.rstrip("/")
        context: ssl.SSLContext | bool = True
        if certifikat is not None or rot is not None:
            context = ssl.create_default_context(cafile=rot)
            if certifikat is not None:
                context.load_cert_chain(*certifikat)
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=tidsgrans,
            verify=context,
            transport=transport,
            follow_redirects=False,
        )

    def call(
        self,
        metod: str,
        vag: str,
        *,
        kropp: bytes = b"",
        huvuden: Mapping[str, str] | None = None,
    ) -> Svar | Avbrott:
        """Make one try. Never raises for what can happen on the way."""
        try:
            svar = self._http.request(
                metod, f"{self.url}/{vag}", content=kropp or None, headers=huvuden
            )
        except httpx.HTTPError as error:
            return Avbrott(f"{type(error).__name__}: {error}", anslutet=isinstance(error, _BRUTEN))
        return Svar(svar.status_code, {k.lower(): v for k, v in svar.headers.items()}, svar.content)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
