"""What a list looks like as a file: columns, how rows find their place, what may not be.

A row is recognised by its key and its first day. Everything is read and judged before anything is
written, with the same number of questions to the database for ten rows as for ten thousand.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar

import msgspec
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, QuerySet
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Diff, Resource
from psycopg.types.range import DateRange

from gvr.actions import andringar, arenden
from gvr.admin.arbetsbok import Blad, UnableToRead
from gvr.core import belopp, cell
from gvr.core.period import Period
from gvr.queries import register

Rad = Mapping[str, Any]


class Kolumn(Field):
    """A column: heading, how its cells are read, what the template says about it."""

    def __init__(
        self,
        attribut: str,
        rubrik: str,
        tolk: cell.Tolk = cell.text,
        *,
        krav: bool = False,
        hjalp: str = "",
        val: tuple[str, ...] = (),
    ) -> None:
        super().__init__(attribute=attribut, column_name=rubrik)
        self.tolk = cell.required(tolk, namn=rubrik) if krav else tolk
        self.krav = krav
        self.hjalp = hjalp
        self.val = val

    def clean(self, row: Rad, **kwargs: Any) -> Any:
        """Read the row's cell. Raises ValueError with a Swedish text."""
        del kwargs
        return self.tolk(row.get(self.column_name))

    def export(self, instance: Any, **kwargs: Any) -> Any:
        """Return the value for a file."""
        del kwargs
        return self.written(self.get_value(instance))

    def written(self, value: Any) -> Any:
        """Return a value as it stands in a file: yes and no as words, lists in one cell."""
        if isinstance(value, bool):
            return "ja" if value else "nej"
        if isinstance(value, list | tuple):
            return ", ".join(map(str, value))
        return "" if value is None else value


class Dagkolumn(Kolumn):
    """The first or the last day of the row's period, both inclusive."""

    def __init__(self, sida: str, rubrik: str, **kwargs: Any) -> None:
        super().__init__(sida, rubrik, cell.day, **kwargs)

    def get_value(self, instance: Any) -> date | None:
        """Return the stored day."""
        if instance is None or instance.giltig is None:
            return None
        giltig = register.period(instance.giltig)
        return giltig.fr_o_m if self.attribute == "fr_o_m" else giltig.t_o_m

    def save(self, instance: Any, row: Rad, is_m2m: bool = False, **kwargs: Any) -> None:  # noqa: FBT001, FBT002
        """Leave it to the resource, which knows both days."""


class Uppslag(Kolumn):
    """A column that names a row of another table by its key, on the row's first day."""

    def __init__(
        self,
        attribut: str,
        rubrik: str,
        *,
        rader: Callable[[], QuerySet[Any]],
        nyckel: str,
        vad: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(attribut, rubrik, **kwargs)
        self.rader = rader
        self.nyckel = nyckel
        self.vad = vad
        self.tabell: dict[str, list[Any]] = {}

    def load(self, rader: Iterable[Rad]) -> None:
        """Read every named row at once."""
        namn = {str(rad.get(self.column_name) or "").strip() for rad in rader} - {""}
        tabell: defaultdict[str, list[Any]] = defaultdict(list)
        for traff in self.rader().filter(**{f"{self.nyckel}__in": sorted(namn)}):
            tabell[str(getattr(traff, self.nyckel))].append(traff)
        self.tabell = dict(tabell)

    def clean(self, row: Rad, **kwargs: Any) -> Any:
        """Return the named row. Raises ValueError when there is none, or none on the first day."""
        del kwargs
        namn = cell.text(row.get(self.column_name))
        if not namn:
            if self.krav:
                raise ValueError(f"{self.column_name} saknas.")
            return None
        traffar = self.tabell.get(namn, [])
        if not traffar:
            raise ValueError(f"{self.vad} {namn} finns inte.")
        return self._find(traffar, namn, row)

    def _find(self, traffar: list[Any], namn: str, row: Rad) -> Any:
        if len(traffar) == 1:
            return traffar[0]
        dag = cell.day(row.get("Fr.o.m."))
        for traff in traffar:
            if dag is not None and register.period(traff.giltig).contains(dag):
                return traff
        raise ValueError(f"{self.vad} {namn} finns i flera perioder men inte den {dag}.")

    def export(self, instance: Any, **kwargs: Any) -> Any:
        """Return the named row's key."""
        del kwargs
        traff = self.get_value(instance)
        return "" if traff is None else getattr(traff, self.nyckel)


class Cell(msgspec.Struct, frozen=True):
    """A cell of the preview: what it was and what it becomes."""

    fore: str
    efter: str
    ny: bool

    @property
    def andrad(self) -> bool:
        """Say whether the import changes it."""
        return not self.ny and self.fore != self.efter


class Cellskillnad(Diff):
    """Old and new value of every column, as text."""

    def as_html(self) -> list[Cell]:
        """Return the cells; the preview's own template writes them."""
        return [
            Cell(fore=shown(fore), efter=shown(efter), ny=bool(self.new))
            for fore, efter in zip(self.left, self.right, strict=True)
        ]


def shown(value: Any) -> str:
    """Return a cell as the preview writes it."""
    if isinstance(value, Decimal):
        return belopp.format_kr(value)
    return "" if value is None else str(value)


class Resurs(Resource):
    """A list as a file. `nyckel` names the columns that, with the first day, tell rows apart."""

    nyckel: ClassVar[tuple[str, ...]] = ()
    filnamn: ClassVar[str] = "lista"

    class Meta:
        model: Any = None
        instance_loader_class = BaseInstanceLoader
        import_id_fields: tuple[str, ...] = ()
        skip_unchanged = True
        report_skipped = True
        use_bulk = True
        batch_size = None
        use_transactions = True

    def __init__(self, *, skal: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.skal = skal
        self.blad = Blad(namn="", rubriker=(), rader=())
        self.varningar: list[str] = []
        self._befintliga: dict[tuple[Any, ...], Any] = {}
        self._radfel: dict[int, tuple[str, str]] = {}
        self._ny: list[Any] = []

    @classmethod
    def get_diff_class(cls) -> type[Diff]:
        """Return our own comparison."""
        return Cellskillnad

    @classmethod
    def get_display_name(cls) -> str:
        """Return what the list is called."""
        return cls.filnamn

    @property
    def dated(self) -> bool:
        """Say whether rows hold during a period."""
        return "fr_o_m" in self.fields

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows that a file may meet, with what their texts need."""
        kopplade = [falt.attribute for falt in self.fields.values() if isinstance(falt, Uppslag)]
        rader: QuerySet[Any] = self._meta.model.objects.all()
        return rader.select_related(*kopplade) if kopplade else rader

    # Before the first row -----------------------------------------------------------------------

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Check headings, read every row that the file may meet, find collisions, sign the work."""
        self.blad = dataset.blad
        self._check_headings()
        rader = [dict(zip(self.blad.rubriker, rad, strict=True)) for _, rad in self.blad.rader]
        for falt in self.fields.values():
            if isinstance(falt, Uppslag):
                falt.load(rader)
        self._befintliga = {self._key_of(rad): rad for rad in self._matching(rader)}
        self._find_collisions(rader)
        andringar.sign(by=kwargs.get("user"), skal=self.skal)

    def _check_headings(self) -> None:
        kanda = [falt.column_name for falt in self.fields.values()]
        okanda = [rubrik for rubrik in self.blad.rubriker if rubrik not in kanda]
        saknas = [
            falt.column_name
            for namn, falt in self.fields.items()
            if (namn in self.nyckel or namn == "fr_o_m")
            and falt.column_name not in self.blad.rubriker
        ]
        texter = []
        if okanda:
            texter.append(f"Okänd rubrik: {', '.join(okanda)}. Rubrikerna är {', '.join(kanda)}.")
        if saknas:
            texter.append(f"Rubriken {', '.join(saknas)} saknas.")
        if texter:
            raise UnableToRead(*texter)

    def _matching(self, rader: Sequence[Rad]) -> QuerySet[Any]:
        """Return stored rows with the keys of the file, by the key's most selective column."""
        falt = self.fields[self.nyckel[-1]]
        varden = {_quiet(falt.clean, rad) for rad in rader} - {None, ""}
        return self.get_queryset().filter(**{f"{falt.attribute}__in": varden})

    def _key_of(self, instance: Any) -> tuple[Any, ...]:
        nyckel = tuple(self.fields[namn].get_value(instance) for namn in self.nyckel)
        return (*nyckel, self.fields["fr_o_m"].get_value(instance)) if self.dated else nyckel

    def _key_in(self, rad: Rad) -> tuple[Any, ...] | None:
        namn = (*self.nyckel, "fr_o_m") if self.dated else self.nyckel
        nyckel = tuple(_quiet(self.fields[falt].clean, rad) for falt in namn)
        return None if None in nyckel or "" in nyckel else nyckel

    def _find_collisions(self, rader: Sequence[Rad]) -> None:
        """Find rows that are there twice, and periods that overlap or leave a gap, after the file.

        Row numbers are those of the import, from 1.
        """
        sedda: dict[tuple[Any, ...], int] = {}
        efter: defaultdict[tuple[Any, ...], list[tuple[Period, int]]] = defaultdict(list)
        for nummer, rad in enumerate(rader, 1):
            nyckel = self._key_in(rad)
            if nyckel is None:
                continue
            if nyckel in sedda:
                plats = self.blad.place(self.blad.rader[sedda[nyckel] - 1][0])
                self._radfel[nummer] = (
                    self.nyckel[0],
                    f"Samma rad finns också på {plats.lower()}.",
                )
                continue
            sedda[nyckel] = nummer
            if self.dated and (period := self._period_in(rad, nyckel)) is not None:
                efter[nyckel[:-1]].append((period, nummer))
        if not self.dated:
            return
        for nyckel, instance in self._befintliga.items():
            if nyckel not in sedda and nyckel[:-1] in efter:
                efter[nyckel[:-1]].append((register.period(instance.giltig), 0))
        for nyckel, perioder in efter.items():
            self._compare_neighbours(nyckel, sorted(perioder, key=lambda par: par[0].start))

    def _compare_neighbours(
        self, nyckel: tuple[Any, ...], perioder: Sequence[tuple[Period, int]]
    ) -> None:
        namn = " ".join(map(str, nyckel))
        for (fore, forra), (nasta, detta) in pairwise(perioder):
            if fore.overlaps(nasta):
                nummer = detta or forra
                andra = fore if nummer == detta else nasta
                self._radfel.setdefault(
                    nummer,
                    (
                        "fr_o_m",
                        f"Perioden överlappar {andra} för {namn}. "
                        "Avsluta den ena dagen före den andra börjar.",
                    ),
                )
            elif fore.slut is not None and fore.slut < nasta.start:
                lucka = Period(fore.slut, nasta.start)
                self.varningar.append(f"{namn} har en lucka {lucka}.")

    def _period_in(self, rad: Rad, nyckel: tuple[Any, ...]) -> Period | None:
        t_o_m = self.fields["t_o_m"]
        if t_o_m.column_name in rad:
            slut = _quiet(t_o_m.clean, rad)
        else:
            befintlig = self._befintliga.get(nyckel)
            slut = t_o_m.get_value(befintlig) if befintlig is not None else None
        try:
            return Period.inclusive(nyckel[-1], slut)
        except ValueError:
            return None  # said where the row is read

    # Row by row ---------------------------------------------------------------------------------

    def init_instance(self, row: Any = None) -> Any:
        """Return an empty row."""
        del row
        return self._meta.model()

    def get_instance(self, instance_loader: Any, row: Rad) -> Any:
        """Return the stored row with the same key, without asking the database again."""
        del instance_loader
        nyckel = self._key_in(row)
        return self._befintliga.get(nyckel) if nyckel is not None else None

    def import_instance(self, instance: Any, row: Rad, **kwargs: Any) -> None:
        """Read every cell of the row; all that is wrong with it is raised at once."""
        fel: dict[str, ValidationError] = {}
        for namn, falt in self.fields.items():
            if falt.column_name not in row:
                continue
            try:
                falt.save(instance, row)
                if isinstance(falt, Dagkolumn):
                    falt.clean(row)
            except ValueError as fault:
                fel[namn] = ValidationError(str(fault), code="invalid")
        if self.dated and not fel.keys() & {"fr_o_m", "t_o_m"}:
            self._set_period(instance, row, fel)
        krock = self._radfel.get(kwargs.get("row_number", 0))
        if krock is not None and krock[0] not in fel:
            fel[krock[0]] = ValidationError(krock[1], code="krock")
        if fel:
            raise ValidationError(fel)

    def _set_period(self, instance: Any, row: Rad, fel: dict[str, ValidationError]) -> None:
        fr_o_m = self.fields["fr_o_m"].clean(row)
        if fr_o_m is None:
            return
        kolumn = self.fields["t_o_m"]
        t_o_m = kolumn.clean(row) if kolumn.column_name in row else kolumn.get_value(instance)
        try:
            giltig = Period.inclusive(fr_o_m, t_o_m)
        except ValueError:
            text = f"Sista dagen {t_o_m} ligger före första dagen {fr_o_m}."
            fel["t_o_m"] = ValidationError(text, code="invalid")
        else:
            instance.giltig = DateRange(giltig.start, giltig.slut)

    def validate_instance(
        self,
        instance: Any,
        import_validation_errors: Any = None,
        validate_unique: bool = True,  # noqa: FBT001, FBT002
    ) -> None:
        """Check each value by its field; keys of other tables are already looked up."""
        del validate_unique
        fel = dict(import_validation_errors or {})
        undantag = {
            falt.name
            for falt in self._meta.model._meta.fields
            if isinstance(falt, ForeignKey) or falt.name == "giltig"
        } | {self.fields[namn].attribute for namn in fel if namn in self.fields}
        try:
            instance.clean_fields(exclude=undantag)
        except ValidationError as fault:
            fel = fault.update_error_dict(fel)
        if fel:
            raise ValidationError(fel)

    # After the last row -------------------------------------------------------------------------

    def bulk_create(self, *args: Any, **kwargs: Any) -> None:
        """End and change before adding, so that two periods never overlap on the way."""
        delad = {namn: kwargs[namn] for namn in ("result",) if namn in kwargs}
        super().bulk_update(*args[:3], batch_size=500, **delad)
        super().bulk_create(*args[:3], batch_size=5000, **delad)

    def bulk_update(self, *args: Any, **kwargs: Any) -> None:
        """Done by bulk_create."""

    def get_bulk_update_fields(self) -> list[str]:
        """Return the stored fields that a file can change."""
        stored = {falt.name for falt in self._meta.model._meta.fields}
        namn = {falt.attribute for falt in self.fields.values()}
        return sorted((namn & stored) | ({"giltig"} if self.dated else set()))

    def after_export(self, queryset: Any, dataset: Any, **kwargs: Any) -> None:
        """Name the sheet."""
        del queryset, kwargs
        dataset.title = self.filnamn

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Leave a fingerprint of what was decided, and wake the worker when it was written."""
        del dataset
        result.avtryck = fingerprint(result)
        result.varningar = self.varningar
        result.blad = self.blad
        if not kwargs.get("dry_run"):
            arenden.ring()


def fingerprint(result: Any) -> str:
    """Return a hash of what each row leads to: the same rows against the same table, the same."""
    rader = [[rad.import_type, *([c.fore, c.efter] for c in rad.diff or ())] for rad in result.rows]
    return hashlib.sha256(json.dumps(rader, ensure_ascii=False).encode()).hexdigest()


def _quiet(read: Callable[[Rad], Any], rad: Rad) -> Any:
    """Return what a cell holds, None when it cannot be read (which is said elsewhere)."""
    try:
        return read(rad)
    except ValueError:
        return None
