"""Where a webhook may be sent: an address outside this house, in plain sight.

A receiver's address is chosen by somebody else and asked for by our own server, which stands where
the outside does not. So nothing inside may be reached through it, whatever the address is called:
judge the text with `parse`, and every address that its name stands for with `is_open`, both when it
is saved and each time something is sent. A name may mean one thing today and another tomorrow.
"""

import re
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import Final
from urllib.parse import urlsplit

import msgspec

LANGSTA_ADRESS: Final = 500
IpAdress = IPv4Address | IPv6Address
Nat = IPv4Network | IPv6Network

_VARDNAMN: Final = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
#: IPv6 that carries IPv4 inside (RFC 6052): what is inside decides.
_NAT64: Final = IPv6Network("64:ff9b::/96")
#: The part of IPv6 where anybody can be reached from anywhere (RFC 4291).
_OPPNA: Final = IPv6Network("2000::/3")
#: 6to4 and Teredo lead to places that nobody can judge.
_TUNNLAR: Final = tuple(map(IPv6Network, ("2002::/16", "2001::/32")))
_PORTAR: Final = {"https": 443, "http": 80}


class Adress(msgspec.Struct, frozen=True, kw_only=True):
    """An address that may be looked up. `vard` is a name or an IP address, `resurs` path and query.

    `vardhuvud` is what the header Host says: the port only when it is not the scheme's own.
    """

    url: str
    schema: str
    vard: str
    port: int
    resurs: str

    @property
    def vardhuvud(self) -> str:
        """Return the header Host."""
        vard = f"[{self.vard}]" if ":" in self.vard else self.vard
        return vard if self.port == _PORTAR[self.schema] else f"{vard}:{self.port}"

    def at(self, ip: IpAdress) -> str:
        """Return the URL with an IP address where the name stood."""
        vard = f"[{ip}]" if ip.version == 6 else str(ip)
        return f"{self.schema}://{vard}:{self.port}{self.resurs}"


def parse(text: str, *, utan_tls: bool = False) -> Adress | str:
    """Return the address, or in Swedish why it cannot be used. `utan_tls` lets http pass too."""
    if len(text) > LANGSTA_ADRESS:
        return f"Adressen är längre än {LANGSTA_ADRESS} tecken."
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        return "Adressen har tecken som inte hör hemma i en adress. Skriv domänen som xn--…"
    try:
        delar = urlsplit(text)
        port = delar.port
    except ValueError:
        return "Adressen går inte att läsa."
    schema = delar.scheme.lower()
    if schema != "https" and not (utan_tls and schema == "http"):
        return "Adressen ska börja med https://"
    if delar.username is not None or delar.password is not None or "@" in delar.netloc:
        return "Adressen får inte innehålla användarnamn eller lösenord."
    if delar.fragment or "#" in text:
        return "Adressen får inte ha något efter #."
    vard = (delar.hostname or "").lower()
    if not _is_host(vard):
        return "Adressen saknar ett värdnamn som går att slå upp."
    if port is None:
        port = _PORTAR[schema]
    if port != _PORTAR[schema] and not 1024 <= port <= 65535:
        return "Porten ska vara 443, eller 1024 eller högre."
    resurs = (delar.path or "/") + (f"?{delar.query}" if delar.query else "")
    return Adress(url=text, schema=schema, vard=vard, port=port, resurs=resurs)


def _is_host(vard: str) -> bool:
    try:
        ip_address(vard)
    except ValueError:
        return _VARDNAMN.fullmatch(vard) is not None
    return "%" not in vard


def is_open(ip: IpAdress, *, tillatna: Sequence[Nat] = ()) -> bool:
    """Say whether something may be sent to this IP address.

    Only what the whole world can reach: not this machine, nor private, link-local, shared, reserved
    or multicast nets. IPv6 that carries IPv4 is what it carries; old tunnels are refused.
    `tillatna` are nets that the installation allows all the same.
    """
    inre = _inside(ip)
    if any(inre in nat for nat in tillatna if nat.version == inre.version):
        return True
    return (
        inre.is_global
        and not (inre.is_multicast or inre.is_reserved or inre.is_unspecified)
        and (inre.version == 4 or (inre in _OPPNA and not any(inre in nat for nat in _TUNNLAR)))
    )


def _inside(ip: IpAdress) -> IpAdress:
    """Return the IPv4 address that an IPv6 address carries; else the address itself."""
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip in _NAT64:
            return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip
