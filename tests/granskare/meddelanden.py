"""Messages as they came, read again: JSON, NDJSON or ERSMOIndata."""

import gzip
import hashlib
import json
from datetime import date, time
from xml.etree import ElementTree

KODLISTOR = ("diagnoser", "atgarder", "lakemedel", "tillstand", "produkter")
JSONFALT = {
    "slutdag": "slutdag",
    "tid": "tid",
    "btyp": "btyp",
    "vktyp": "vktyp",
    "taxa": "taxa",
    "akut": "akut",
    "ikod": "ikod",
    "ukod": "ukod",
    "vplan": "vplan",
    "remissFore": "remiss_fore",
    "remissEfter": "remiss_efter",
    "lkf": "lkf",
    "basomrade": "basomrade",
    "fodd": "fodd",
    "kon": "kon",
    "ersUppdrag": "ers_uppdrag",
}
JAMFORDA = (
    "enhet_ref",
    "dag",
    "form",
    "yrkeskategorier",
    *KODLISTOR,
    *JSONFALT.values(),
)


def read_message(kropp):
    """Return {vårdhändelse-id: content} of one message, in whichever of the forms it came."""
    if kropp[:2] == b"\x1f\x8b":
        kropp = gzip.decompress(kropp)
    kropp = kropp.removeprefix(b"\xef\xbb\xbf")
    if kropp.lstrip()[:1] == b"<":
        return read_ersmoindata(kropp)
    try:
        dokument = json.loads(kropp)
        poster = dokument if isinstance(dokument, list) else [dokument]
    except json.JSONDecodeError:
        poster = [json.loads(rad) for rad in kropp.splitlines() if rad.strip()]
    svar = {}
    for post in poster:
        if isinstance(post, dict) and "vardhandelseId" in post:
            # One badly written contact of many was refused, and is no version.
            try:
                svar[post["vardhandelseId"]] = from_json(post)
            except (KeyError, TypeError, ValueError, AttributeError):
                continue
    return svar


def from_json(post):
    """Read a contact as the API takes it."""
    enhet = post["enhet"]
    svar = {
        "enhet_ref": enhet.get("kombika")
        or enhet.get("hsaId")
        or enhet["inr"] + enhet["klin"] + enhet["avd"],
        "dag": date.fromisoformat(post["dag"]),
        "form": post.get("form", "OPPENVARD"),
        "yrkeskategorier": list(post.get("yrkeskategorier", [])),
        **{falt: post.get(namn) for namn, falt in JSONFALT.items()},
    }
    for lista in KODLISTOR:
        svar[lista] = [k if isinstance(k, str) else k["kod"] for k in post.get(lista, [])]
    svar["produktantal"] = [
        1 if isinstance(k, str) else k.get("antal") or 1 for k in post.get("produkter", [])
    ]
    svar["slutdag"] = svar["slutdag"] and date.fromisoformat(svar["slutdag"])
    svar["fodd"] = svar["fodd"] and date.fromisoformat(svar["fodd"])
    svar["tid"] = svar["tid"] and time.fromisoformat(svar["tid"])
    svar["andra_dagar"] = [
        date.fromisoformat(k["datum"])
        for k in post.get("atgarder", [])
        if isinstance(k, dict) and k.get("datum")
    ]
    return with_identity(svar, post["patientId"])


def read_ersmoindata(kropp):
    """Read the contacts of an ERSMOIndata file; of two with the same id the last counts."""
    svar = {}
    for handelse in ElementTree.fromstring(kropp):
        kontakt = handelse.find("Händelseklass/Vårdkontakt")
        if kontakt is not None:
            svar[handelse.get("ID")] = from_xml(handelse, kontakt)
    return svar


def from_xml(handelse, kontakt):
    """Read one Vårdkontakt. ATC codes travel among diagnoses and procedures as class 020."""

    def codes(lista, tagg, *klasser):
        rader = kontakt.findall(f"{lista}/{tagg}")
        rader.sort(key=lambda rad: int(rad.get("OrdnNr", "0")))
        return [rad.get("Kod") for rad in rader if rad.get("Klass") in klasser]

    def single(tagg):
        element = kontakt.find(tagg)
        return None if element is None else element.get("Kod")

    patient = handelse.find("Patient")
    typ = {kontakt.get("Händelsetyp"): kontakt.get("Typ")}
    taxeklass = kontakt.get("Avgiftsklass") or "006"
    lakemedel = [
        *codes("Diagnoser", "Diagnos", "020"),
        *codes("Åtgärder", "Åtgärd", "020"),
    ]
    svar = {
        "enhet_ref": handelse.get("Slutverksamhet") or handelse.get("Startverksamhet"),
        "dag": as_day(handelse.get("Startdatum")),
        "slutdag": as_day(handelse.get("Slutdatum")),
        "tid": None,
        "form": {
            "Öppenvårdskontakt": "OPPENVARD",
            "Hemsjukvårdskontakt": "HEMSJUKVARD",
            "Slutenvårdstillfälle": "SLUTENVARD",
        }[kontakt.get("Händelseform")],
        "btyp": typ.get("013"),
        "vktyp": typ.get("014"),
        "taxa": kontakt.get("Patientavgift") if taxeklass == "006" else None,
        "akut": kontakt.get("Akut"),
        "yrkeskategorier": codes("Yrkeskategorier", "Yrkeskategori", "001"),
        "diagnoser": codes("Diagnoser", "Diagnos", "008"),
        "atgarder": codes("Åtgärder", "Åtgärd", "007"),
        "lakemedel": list(dict.fromkeys(lakemedel)),
        "tillstand": codes("Tillståndslista", "Tillstånd", "010"),
        "produkter": codes("Produkter", "Produkt", "005"),
        "produktantal": [
            int(rad.get("Antal") or 1)
            for rad in kontakt.findall("Produkter/Produkt")
            if rad.get("Klass") == "005"
        ],
        "ikod": single("VisteFöre"),
        "ukod": single("VisteEfter"),
        "vplan": single("VårdEfter"),
        "remiss_fore": single("RemissFöre"),
        "remiss_efter": single("RemissEfter"),
        "lkf": patient.get("Lkf"),
        "basomrade": patient.get("Basområde"),
        "fodd": as_day(patient.get("Födelsedatum")),
        "kon": patient.get("Kön"),
        "ers_uppdrag": handelse.get("ErsUppdrag") or None,
        "andra_dagar": [
            as_day(rad.get("Datum"))
            for rad in kontakt.findall("Åtgärder/Åtgärd")
            if rad.get("Datum")
        ],
    }
    return with_identity(svar, patient.get("ID"))


def as_day(text):
    """Read an xsd:date."""
    return None if text is None else date.fromisoformat(text.strip()[:10])


def with_identity(svar, patient_id):
    """Take birthday and sex from the number where the sender gave none."""
    siffror = "".join(tecken for tecken in patient_id if tecken.isdigit())
    if len(siffror) == 10:
        hundra = 100 if "+" in patient_id else 0
        senast = svar["dag"].year - hundra
        siffror = f"{senast - (senast - int(siffror[:2])) % 100:04d}{siffror[2:]}"
    if len(siffror) != 12:
        return svar
    if svar["fodd"] is None and siffror[:2] in ("18", "19", "20"):
        dag = int(siffror[6:8])
        svar["fodd"] = date(int(siffror[:4]), int(siffror[4:6]), dag - 60 if dag > 60 else dag)
    if svar["kon"] is None:
        svar["kon"] = "M" if int(siffror[10]) % 2 else "K"
    return svar


def contents(data, differenser):
    """Return {(contact, version): content} from the messages, checked against the register.

    A version without a message (a contact registered by hand) is read as it is registered.
    """
    meddelanden = {}
    for rad in data["granska_meddelande"]:
        differenser.compare(
            "KONTROLLSUMMA",
            f"meddelande {rad['leverans_id']}",
            hashlib.sha256(rad["kropp"]).hexdigest(),
            rad["sha256"],
        )
    behovda = {v["leverans_id"] for v in data["granska_version"] if not v["makulerad"]}
    for rad in data["granska_meddelande"]:
        if rad["leverans_id"] in behovda:
            meddelanden[rad["leverans_id"]] = read_message(rad["kropp"])
    svar = {}
    for version in data["granska_version"]:
        if version["makulerad"]:
            continue
        nyckel = version["kontakt"], version["version"]
        if version["leverans_id"] is None:
            svar[nyckel] = {**version, "andra_dagar": registered_days(version)}
            continue
        innehall = meddelanden.get(version["leverans_id"], {}).get(version["vardhandelse_id"])
        if innehall is None:
            differenser.add("MEDDELANDE SAKNAS", f"kontakt {nyckel}", "ett meddelande", None)
            continue
        for falt in JAMFORDA:
            differenser.compare(
                "REGISTRERAT", f"kontakt {nyckel} {falt}", innehall[falt], version[falt]
            )
        svar[nyckel] = innehall
    return svar


def registered_days(version):
    """Return the days of the procedures as they are registered."""
    return [date.fromisoformat(dag) for dag in (version["detaljer"] or {}).get("atgardsdagar", [])]
