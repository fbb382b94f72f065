"""What was computed against decisions, posts, invoices and ledger."""

import hashlib
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal

NOLL = Decimal("0.00")
ORE = Decimal("0.01")
MOMS = Decimal("0.06")
MOMSPRODUKT = "MOMSKOMP"


def sums(rader):
    """Return {(product, kind, unit price): quantity}; what has cancelled out is left out."""
    antal = Counter()
    for produkt, typ, stycken, apris in rader:
        antal[produkt, typ, apris] += stycken
    return {nyckel: stycken for nyckel, stycken in antal.items() if stycken}


def total(rader):
    """Return the sum of rows in kronor."""
    return sum((antal * apris for _, _, antal, apris in rader), NOLL)


def check_contacts(data, omraknat, differenser):
    """Compare decisions and posts with what the contacts earn."""
    poster = defaultdict(list)
    for post in data["granska_prissatt"]:
        differenser.compare(
            "BELOPP", f"post {post['post_id']}", post["antal"] * post["apris"], post["belopp"]
        )
        if post["kontakt"] is not None:
            poster[post["kontakt"]].append(post)
    for kontakt in data["granska_kontakt"]:
        if kontakt["kontakt"] not in omraknat:
            continue
        vantat, plats, paket = omraknat[kontakt["kontakt"]]
        var = f"kontakt {kontakt['kontakt']}"
        rader = vantat or []
        if vantat is None:
            differenser.compare("UTFALL", var, "VANTAR", kontakt["utfall"])
        elif rader:
            differenser.compare("UTFALL", var, "ERSATTS", kontakt["utfall"])
        else:
            differenser.compare("UTFALL", var, False, kontakt["utfall"] in ("ERSATTS", "VANTAR"))
        differenser.compare("SUMMA", var, total(rader), kontakt["summa"])
        beslutade = [
            (r["produktkod"], r["typ"], r["antal"], Decimal(r["apris"])) for r in kontakt["rader"]
        ]
        differenser.compare("BESLUT", var, sums(rader), sums(beslutade))
        if rader and paket is not None:
            differenser.compare("REGELPAKET", var, [paket["beteckning"]], kontakt["regelpaket"])
        per_avtal = defaultdict(list)
        for p in poster[kontakt["kontakt"]]:
            per_avtal[p["ada_nummer"]].append((p["produktkod"], p["typ"], p["antal"], p["apris"]))
        for ada_nummer in per_avtal.keys() | ({plats["ada_nummer"]} if rader else set()):
            har = rader if plats is not None and ada_nummer == plats["ada_nummer"] else []
            differenser.compare(
                "POSTER", f"{var} avtal {ada_nummer}", sums(har), sums(per_avtal[ada_nummer])
            )


def check_reversals(data, differenser):
    """A reversal repeats one post with the sign turned, and each post is reversed once."""
    per_id = {post["post_id"]: post for post in data["granska_prissatt"]}
    aterforda = Counter(p["aterfor"] for p in data["granska_prissatt"] if p["aterfor"] is not None)
    for pk, gang in aterforda.items():
        differenser.compare("ÅTERFÖRD", f"post {pk}", 1, gang)
    for post in data["granska_prissatt"]:
        if post["aterfor"] is None:
            continue
        original = per_id[post["aterfor"]]
        for falt in ("kontakt", "orgnr", "ada_nummer", "produktkod", "typ", "apris", "vardmanad"):
            var = f"post {post['post_id']} {falt}"
            differenser.compare("ÅTERFÖRING", var, original[falt], post[falt])
        differenser.compare(
            "ÅTERFÖRING", f"post {post['post_id']}", -original["belopp"], post["belopp"]
        )


def check_invoices(data, differenser):
    """A line is its posts, an invoice its lines, with the hash that was approved; numbers whole."""
    per_rad, per_id = defaultdict(list), {}
    for post in data["granska_prissatt"]:
        per_id[post["post_id"]] = post
        if post["fakturarad_id"] is not None:
            per_rad[post["fakturarad_id"]].append(post)
    fakturor = defaultdict(list)
    for rad in data["granska_fakturarad"]:
        fakturor[rad["faktura_id"]].append(rad)
        check_line(rad, per_rad[rad["fakturarad_id"]], per_id, differenser)
    ger_moms = {rad["ada_nummer"]: rad["momskompensation"] for rad in data["granska_uppdrag"]}
    for pk, rader in fakturor.items():
        rader.sort(key=lambda rad: rad["radnr"])
        forsta = rader[0]
        summa = sum((rad["belopp"] for rad in rader), NOLL)
        differenser.compare("FAKTURASUMMA", f"faktura {pk}", summa, forsta["summa"])
        differenser.compare(
            "FAKTURATYP", f"faktura {pk}", "381" if summa < 0 else "380", forsta["fakturatyp"]
        )
        differenser.compare(
            "RADERNAS HASH", f"faktura {pk}", hash_of(rader), forsta["innehall_hash"]
        )
        if forsta["ada_nummer"] in ger_moms:
            check_vat(pk, rader, ger_moms[forsta["ada_nummer"]], differenser)
    nummer = sorted({rad["nummer"] for rad in data["granska_fakturarad"] if rad["nummer"]})
    differenser.compare("NUMMERSERIE", "", list(range(1, len(nummer) + 1)), nummer)
    return fakturor


def check_line(rad, poster, per_id, differenser):
    """Compare one line with its posts."""
    var = f"fakturarad {rad['fakturarad_id']}"
    differenser.compare("RAD BELOPP", var, sum((p["belopp"] for p in poster), NOLL), rad["belopp"])
    differenser.compare("RAD ANTAL", var, sum(p["antal"] for p in poster), rad["antal"])
    for post in poster:
        for falt in ("orgnr", "ada_nummer", "produktkod", "typ", "apris", "vardmanad"):
            differenser.compare("RAD OCH POST", f"{var} {falt}", rad[falt], post[falt])
        if post["kalla"] != "KONTAKT":
            sektion = "TILLAGG"
        elif post["vardmanad"] == rad["manad"]:
            sektion = "MANAD"
        else:
            aterfor = per_id.get(post["aterfor"])
            tidigare = aterfor is not None and aterfor["faktura_id"] not in (
                None,
                rad["faktura_id"],
            )
            sektion = "KREDIT" if tidigare else "SENA"
        differenser.compare("AVSNITT", var, sektion, rad["sektion"])


def check_vat(pk, rader, ger_moms, differenser):
    """Compensation for VAT is 6 % of the rest of the invoice, rounded once away from zero."""
    netto = sum((rad["belopp"] for rad in rader if rad["produktkod"] != MOMSPRODUKT), NOLL)
    moms = sum((rad["belopp"] for rad in rader if rad["produktkod"] == MOMSPRODUKT), NOLL)
    vantat = (netto * MOMS).quantize(ORE, ROUND_HALF_UP) if ger_moms else NOLL
    differenser.compare("MOMSKOMPENSATION", f"faktura {pk}", vantat, moms)


def hash_of(rader):
    """Return the hash of an invoice's lines."""
    text = "\n".join(
        f"{r['radnr']}|{r['sektion']}|{r['vardmanad']:%Y-%m}|{r['produktkod']}|{r['typ']}|"
        f"{r['antal']}|{r['apris']}|{r['belopp']}"
        for r in rader
    )
    return hashlib.sha256(text.encode()).hexdigest()


def check_ledger(data, fakturor, differenser):
    """Debit is credit, and every approved invoice is entered, product by product."""
    verifikationer = defaultdict(list)
    for rad in data["granska_huvudbok"]:
        verifikationer[rad["faktura_id"]].append(rad)
    for pk, rader in fakturor.items():
        bokfort = verifikationer.pop(pk, [])
        if rader[0]["nummer"] is None:
            differenser.compare("FÖRSLAG BOKFÖRT", f"faktura {pk}", [], bokfort)
            continue
        debet = sum((rad["debet"] for rad in bokfort), NOLL)
        kredit = sum((rad["kredit"] for rad in bokfort), NOLL)
        differenser.compare("BALANS", f"faktura {pk}", debet, kredit)
        # A cost and its deduction have accounts of their own; each row stands on both sides.
        fakturerat, pa_konto = defaultdict(Decimal), defaultdict(Decimal)
        for rad in rader:
            fakturerat[rad["produktkod"], rad["typ"] == "AVDRAG"] += rad["belopp"]
        for rad in bokfort:
            pa_konto[rad["produktkod"]] += rad["debet"]
        per_produkt = defaultdict(Decimal)
        for (produkt, _), belopp in fakturerat.items():
            per_produkt[produkt] += abs(belopp)
        differenser.compare(
            "BOKFÖRT",
            f"faktura {pk}",
            {produkt: belopp for produkt, belopp in per_produkt.items() if belopp},
            dict(pa_konto),
        )
    for pk in verifikationer:
        differenser.add("BOKFÖRT", f"faktura {pk}", "en faktura med rader", None)
