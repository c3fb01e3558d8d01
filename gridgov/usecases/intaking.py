"""An import through the browser: files come in parts, are looked at, told how to be read, and then written, or let go.

All of it is kept in the database, so that any worker on any machine can do the next step. The states: `bringing` (files
come in, or a look was refused or stopped), `looking`, `looked`, `applying`, `applied`, `dropped`. Looking writes
everything as applying would and takes it back, so what is seen is what comes; applying checks that it still is.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError, ForbiddenError, GridgovError, InputError, NotFoundError
from gridgov.storage.current import Scope
from gridgov.storage.models import Intake, Upload, UploadPart
from gridgov.usecases import accounts
from gridgov.usecases.importing import OSM_LAYERS
from gridgov.usecases.staging import ImportOptions, PopulationOptions

PART = 4 * 1024 * 1024
KEPT = timedelta(days=7)
AT_ONCE, PER_HOUR, MOST_FILES, LONGEST_NAME = 10, 60, 40, 200  # a name is as many bytes at most
UNDER_WAY = ("bringing", "looking", "looked", "applying")
AT_WORK = ("looking", "applying")
_LONGEST_SUFFIX = 16
_PARTS = frozenset({".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd", ".xml"})


@dataclass(frozen=True)
class Asked:
    """How files are to be read, as somebody told it; what isn't told is found out."""

    kind: str = ""
    level: str | None = None
    crs: str | None = None
    encoding: str | None = None
    layer: str | None = None
    only: str | None = None
    source: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    valid_from: date | None = None
    layers: tuple[str, ...] = OSM_LAYERS
    population: PopulationOptions = field(default_factory=PopulationOptions)
    locale: str = "zh_Hans"

    def options(self, account: int | None, day: date) -> ImportOptions:
        """Return them as an import takes them."""
        return ImportOptions(
            level=self.level,
            crs=self.crs,
            encoding=self.encoding,
            layer=self.layer,
            only=self.only,
            source=self.source,
            mapping=dict(self.mapping),
            valid_from=self.valid_from or day,
            account=account,
            population=self.population,
        )

    def kept(self) -> dict[str, Any]:
        """Return them as they are kept."""
        day = None if self.valid_from is None else self.valid_from.isoformat()
        return {**asdict(self), "layers": list(self.layers), "valid_from": day}

    @classmethod
    def of(cls, intake: Intake) -> "Asked":
        """Return what was told about an intake."""
        told = {name: value for name, value in intake.options.items() if name in cls.__dataclass_fields__}
        day = told.get("valid_from")
        told["valid_from"] = None if day is None else date.fromisoformat(day)
        told["layers"] = tuple(told.get("layers", OSM_LAYERS))
        told["population"] = PopulationOptions(**told.get("population", {}))
        return cls(**told)


def begin(
    session: Session, account: int, files: Sequence[tuple[str, int]], asked: Asked, *, largest: int
) -> tuple[Intake, list[Upload]]:
    """Begin an import of some files, told by name and size; their bytes follow in parts."""
    _refuse_many(session, account)
    names = [plain_name(name) for name, _ in files]
    if not files or len(files) > MOST_FILES:
        raise InputError("upload_files_many" if files else "upload_files_none", most=MOST_FILES)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError("upload_name_twice", name=twice)
    if any(size < 0 for _, size in files) or sum(size for _, size in files) > largest:
        raise InputError("upload_too_large", most=largest // 2**20)
    intake = Intake(
        token=secrets.token_urlsafe(16),
        account_id=account,
        created_at=datetime.now(UTC),
        kind=asked.kind,
        options=asked.kept(),
        state="bringing",
    )
    session.add(intake)
    session.flush()
    sizes = [size for _, size in files]
    uploads = [
        Upload(intake_id=intake.id, name=name, size=size, digest="") for name, size in zip(names, sizes, strict=True)
    ]
    session.add_all(uploads)
    session.flush()
    return intake, uploads


def add_part(session: Session, intake: Intake, upload: int, number: int, data: bytes) -> None:
    """Keep one part of a file; a part that came already may come again."""
    found = session.get(Upload, upload)
    if found is None or found.intake_id != intake.id or intake.state != "bringing":
        raise NotFoundError("intake_unknown")
    if not 0 <= number < parts_of(found.size) or len(data) != min(PART, found.size - number * PART):
        raise InputError("upload_part_wrong", name=found.name)
    session.execute(delete(UploadPart).where(UploadPart.upload_id == upload, UploadPart.number == number))
    session.add(UploadPart(upload_id=upload, number=number, data=data))
    found.digest = ""
    session.flush()


def parts_of(size: int) -> int:
    """Return in how many parts a file comes; an empty one comes in none."""
    return -(-size // PART)


def ask_look(session: Session, intake: Intake, asked: Asked, job: str) -> None:
    """Have an import looked at under a job, as told; all its files must be there."""
    if intake.state not in {"bringing", "looked"}:
        raise ConflictError("intake_busy")
    for upload in uploads(session, intake):
        have = session.scalar(select(func.count()).where(UploadPart.upload_id == upload.id))
        if have != parts_of(upload.size):
            raise ConflictError("upload_incomplete", name=upload.name)
    told = {**asked.kept(), "job": job, "choices": choices(intake)}
    intake.kind, intake.options, intake.state = asked.kind, told, "looking"


def choices(intake: Intake) -> list[str]:
    """Return the layers or sheets of an import's files, where a look found several."""
    report = intake.report or {}
    told = [report.get("refusal", {}), *report.get("warnings", [])]
    found = (each["params"]["choices"] for each in told if each.get("params", {}).get("choices"))
    return next(found, None) or intake.options.get("choices") or []


def ask_apply(intake: Intake, job: str) -> None:
    """Have an import written that was looked at."""
    if intake.state != "looked" or not (intake.report or {}).get("fit"):
        raise ConflictError("intake_not_looked")
    intake.options, intake.state = {**intake.options, "job": job}, "applying"


def drop(session: Session, intake: Intake) -> None:
    """Give an import up; its files and what was seen of them are let go."""
    if intake.state in {"applying", "applied"}:
        raise ConflictError("intake_busy")
    intake.state, intake.report, intake.rows, intake.returned = "dropped", None, None, None
    let_go(session, intake)


def let_go(session: Session, intake: Intake) -> None:
    """Let the bytes of an import's files go; what they were called stays."""
    own = select(Upload.id).where(Upload.intake_id == intake.id)
    session.execute(delete(UploadPart).where(UploadPart.upload_id.in_(own)))


def let_old_go(session: Session, now: datetime) -> int:
    """Give up the imports that nobody went on with for a week, and return how many."""
    waiting = select(Intake).where(Intake.state.in_(UNDER_WAY), Intake.created_at < now - KEPT)
    old = [intake for intake in session.scalars(waiting) if intake.state != "applying"]
    for intake in old:
        drop(session, intake)
    return len(old)


def keep_look(session: Session, intake: Intake, seen: Mapping[str, Any], folder: Path) -> None:
    """Keep what a look saw of the files in a folder."""
    for upload in uploads(session, intake):
        with (folder / upload.name).open("rb") as file:
            upload.digest = file_digest(file, "sha256").hexdigest()
    told = dict(seen)
    intake.kind, intake.rows, intake.returned = told["kind"], told.pop("packed"), told.pop("returned")
    intake.report, intake.state = told, "looked"


def break_off(intake: Intake, error: GridgovError) -> None:
    """Keep why a look or a writing came to nothing; the import can be looked at again."""
    params = {
        name: Path(str(value)).name if name == "path" else plain_deep(value) for name, value in error.params.items()
    }
    told = {"code": error.code, "params": params}
    stopped = intake.state == "applying" and error.code == "import_stopped"
    intake.report = {**((intake.report or {}) if stopped else {}), "refusal": told}
    intake.state = "looked" if stopped else "bringing"


def find(session: Session, token: str) -> Intake | None:
    """Return an import by what it is known by, if there is one."""
    return session.scalar(select(Intake).where(Intake.token == token))


def by_token(session: Session, token: str) -> Intake:
    """Return an import by what it is known by."""
    found = find(session, token)
    if found is None:
        raise NotFoundError("intake_unknown")
    return found


def under_way(session: Session, account: int | None = None) -> list[Intake]:
    """Return the imports under way, the newest first: all, or those of an account."""
    wanted = select(Intake).where(Intake.state.in_(UNDER_WAY)).order_by(Intake.id.desc())
    return list(session.scalars(wanted if account is None else wanted.where(Intake.account_id == account)))


def uploads(session: Session, intake: Intake) -> list[Upload]:
    """Return the files of an import."""
    return list(session.scalars(select(Upload).where(Upload.intake_id == intake.id).order_by(Upload.id)))


def files_into(session: Session, intake: Intake, folder: Path) -> list[Path]:
    """Write an import's files into a folder; return those to read: what only belongs to a Shapefile isn't one."""
    written = []
    for upload in uploads(session, intake):
        path = folder / upload.name
        with path.open("wb") as file:
            numbers = select(UploadPart.id).where(UploadPart.upload_id == upload.id).order_by(UploadPart.number)
            for part in list(session.scalars(numbers)):
                file.write(session.scalar(select(UploadPart.data).where(UploadPart.id == part)) or b"")
        if path.stat().st_size != upload.size:
            raise NotFoundError("upload_gone", name=upload.name)
        written.append(path)
    shapes = {path.stem.casefold() for path in written if path.suffix.casefold() == ".shp"}
    return [path for path in written if not (path.suffix.casefold() in _PARTS and _stem(path) in shapes)]


def scope_of(session: Session, intake: Intake) -> Scope:
    """Return where an import's account may write today; nowhere when it was closed meanwhile."""
    if intake.account_id is None:
        return Scope.everything()
    if not accounts.is_open(session, intake.account_id):
        return Scope.nothing()
    return accounts.scope_of(accounts.grants_of(session, intake.account_id), {"admin"})


def require_own(intake: Intake, account: int, scope: Scope) -> None:
    """Refuse who administers a part of the city an import that he didn't begin himself."""
    if scope.areas is not None and intake.account_id != account:
        raise ForbiddenError("whole_city_needed")


def plain_name(name: str) -> str:
    """Return a file's name without any folder, fit to be written."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    bare = "".join(sign for sign in bare if sign.isprintable() and sign not in '<>:"|?*').strip()
    suffix = PurePosixPath(bare).suffix if len(PurePosixPath(bare).suffix) <= _LONGEST_SUFFIX else ""
    if not bare.strip("."):
        raise InputError("upload_name_wrong", name=name[:LONGEST_NAME])
    room = LONGEST_NAME - len(suffix.encode())
    return bare.removesuffix(suffix).encode()[:room].decode(errors="ignore") + suffix


def plain(value: object) -> Any:
    """Return a value as JSON holds it."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def plain_deep(value: Any) -> Any:
    """Return nested lists and dictionaries as JSON holds them."""
    if isinstance(value, dict):
        return {str(name): plain_deep(each) for name, each in value.items()}
    return [plain_deep(each) for each in value] if isinstance(value, list | tuple) else plain(value)


def line(content: object) -> bytes:
    """Return content as one line of JSON."""
    return json.dumps(content, ensure_ascii=False, default=str).encode()


def _refuse_many(session: Session, account: int) -> None:
    hour = datetime.now(UTC) - timedelta(hours=1)
    lately = select(func.count()).where(Intake.account_id == account, Intake.created_at > hour)
    if len(under_way(session, account)) >= AT_ONCE:
        raise ConflictError("intakes_many", most=AT_ONCE)
    if (session.scalar(lately) or 0) >= PER_HOUR:
        raise ConflictError("intakes_often", most=PER_HOUR)


def _stem(path: Path) -> str:
    """Return a file's name without its ending: a.shp.xml belongs to a.shp."""
    return path.name.casefold().removesuffix(path.suffix.casefold()).removesuffix(".shp")
