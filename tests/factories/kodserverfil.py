"""Exports of the code server and of MEK as the sources write them."""

from xml.sax.saxutils import escape, quoteattr

EVIG = "2099-12-31"


def lank(system, kod, fr_o_m="1990-01-01", t_o_m=EVIG, roll=""):
    return (
        f'<attribute type="externallink" datatype="CV" begindate="{fr_o_m}T00:00:01.0"'
        f' expirationdate="{t_o_m}T23:59:59.0"><codedvalue code={quoteattr(kod)}'
        f' codesystem="{system}" codesystemversion="1" referenceid={quoteattr(roll)} />'
        "</attribute>"
    )


def post(kod, *lankar, fr_o_m="2013-10-01", t_o_m=EVIG, **texter):
    falt = "".join(
        f'<attribute type={quoteattr(namn)} datatype="ST">{escape(varde)}</attribute>'
        for namn, varde in texter.items()
    )
    return (
        f'<termitementry id={quoteattr(kod)} language="fi" begindate="{fr_o_m}T00:00:01.0"'
        f' expirationdate="{t_o_m}T23:59:59.0">{falt}{"".join(lankar)}</termitementry>'
    )


def export(*poster):
    """Return the bytes of an export, in two chunks so that no reader relies on one."""
    fil = (
        "<?xml version='1.0' encoding='UTF-8'?><arb:result xmlns:arb=\"urn::codeservice\">"
        "<arb:document><header>Test</header><body>"
        '<termsystem id="1" begindate="1970-01-01T00:00:01" expirationdate="2099-12-31T23:59:59">'
        f"{''.join(poster)}</termsystem></body></arb:document></arb:result>"
    ).encode()
    return [fil[: len(fil) // 2], fil[len(fil) // 2 :]]


def enhet(kombika, uppdrag, foretag, *, fr_o_m="2013-10-01", t_o_m=EVIG, namn="Enheten"):
    return post(
        kombika,
        lank("FORETAG", foretag, roll="Företag"),
        *(lank("SAMVERKS", kod, roll="Sammanhållen verksamhet") for kod in uppdrag),
        fr_o_m=fr_o_m,
        t_o_m=t_o_m,
        longname=namn,
    )


def foretag(kod, orgnr, namn="Bolaget AB"):
    return post(kod, fr_o_m="2000-01-01", longname=namn, Organisationsnr=orgnr)


def uppdrag(samverks_id, typ, avtal, *, styp="06", fr_o_m="2013-10-01", **texter):
    return post(
        samverks_id,
        lank("STYP", styp),
        lank("UPPDRAGSTYP", typ),
        *([lank("AVTAL", avtal)] if avtal else []),
        fr_o_m=fr_o_m,
        **texter,
    )
