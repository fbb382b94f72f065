"""Posts that no contact is behind: what a contract adds to a month's invoice."""

from datetime import datetime
from decimal import Decimal

from ersattning.hej.models import Post
from ersattning.hej.models.post import Kalla, Posttyp
from gvr.core.period import Manad


def post_vat_compensation(
    *,
    vardgivare_id: int,
    avtal_id: int,
    manad: Manad,
    produktkod: str,
    antal: int,
    apris: Decimal,
    belopp: Decimal,
    at: datetime,
) -> int:
    """Add the compensation for VAT of one month's invoice and return the post's id. Kronor."""
    return Post.objects.create(
        kalla=Kalla.MOMSKOMPENSATION,
        vardgivare_id=vardgivare_id,
        avtal_id=avtal_id,
        produktkod=produktkod,
        typ=Posttyp.TILLAGG,
        antal=antal,
        apris=apris,
        belopp=belopp,
        vardmanad=manad.first,
        bokforingsmanad=manad.first,
        skapad=at,
    ).pk
