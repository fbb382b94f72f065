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


def mappning(kombika, hsa_id, fr_o_m, till=None):
    slut = f"<TillDatum>{till}T00:00:00+02:00</TillDatum>" if till else ""
    return (
        f"<mappning><Kombikakod>{kombika}</Kombikakod><HSAId>{hsa_id}</HSAId>"
        f"<FromDatum>{fr_o_m}T00:00:00+02:00</FromDatum>{slut}"
        "<SkapadDatum>2007-04-24T15:51:55.257+02:00</SkapadDatum></mappning>"
    )


def mek(nummer, *mappningar):
    return [
        f'<mappningar xmlns="http://brainpool.se/mek/MEK.xsd" MEKFilId="{nummer}">'
        f"{''.join(mappningar)}</mappningar>".encode()
    ]


def felmappning(kombika, fel, ratt, fr_o_m, *, till=None, filer=(1, 9)):
    falt = {
        "Kombikakod": kombika,
        "ErsattHSAId": fel,
        "NyttHSAId": ratt,
        "FromDatum": fr_o_m and f"{fr_o_m}T00:00:00+02:00",
        "TillDatum": till and f"{till}T00:00:00+02:00",
        "FromMEKFilId": str(filer[0]),
        "TomMEKFilId": str(filer[1]),
        "FromFelMEKFilId": "3",
        "SkapadDatum": "2013-02-13T07:48:41.400+02:00",
    }
    delar = "".join(f"<{namn}>{varde}</{namn}>" for namn, varde in falt.items() if varde)
    return f"<felmappning>{delar}</felmappning>"


def felmek(nummer, *rader):
    return [
        f'<felmappningar xmlns="http://brainpool.se/mek/FelMEK.xsd" FelMEKFilId="{nummer}">'
        f"{''.join(rader)}</felmappningar>".encode()
    ]
