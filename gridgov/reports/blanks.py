"""The template of each kind of file in the reader's language: headings the import knows, the city's own choices."""

from sqlalchemy.orm import Session

from gridgov.domain.fields import GIVEN, KINDS, Field, compound_kind
from gridgov.domain.posts import contact_role
from gridgov.domain.units import COMPOUND_KINDS, LevelProfile
from gridgov.errors import NotFoundError
from gridgov.sources.blanks import Column, blank
from gridgov.sources.headers import titles
from gridgov.sources.rulepacks import catalogue
from gridgov.usecases import deployment
from gridgov.wording import term, translate
from gridgov.wording.figures import named

_POINTS = frozenset({"units", "sites", "gates", "departments", "partners"})
_SHAPES = frozenset({"grids", "network", "land"})
_PLACES = {"zh": ("经度", "纬度", "几何"), "en": ("lon", "lat", "wkt")}
_EXAMPLES = {
    "code": "420503001001", "name": "东风社区", "parent": "420503001", "community": "420503001001",
    "compound": "420503001001A1", "site": "S001", "site_name": "东风党群服务中心", "unit": "420503001001",
    "department": "D01", "home_community": "420503001002", "compounds": "420503001001A1, 420503001001A2",
    "holder": "P01", "people": "1200", "households": "430", "floor_area": "52000", "year": "2026", "capacity": "60",
    "planned_year": "2027", "hours": "08:00-20:00", "address": "东风路 1 号", "office_phone": "0717-6000001",
    "phone": "0717-6000001", "valid_from": "2026-01-01", "consent_date": "2026-01-05", "post": "科长",
    "document": "宜办〔2026〕1号", "contact": "陈女士", "resources": "place: 会议室", "pledges": "修路灯 | 2026-06-30",
    "source": "民政局 2026",
}  # fmt: skip


def template(session: Session, kind: str, locale: str) -> tuple[str, bytes]:
    """Return a kind's template with its name."""
    if kind not in KINDS:
        raise NotFoundError("page_not_found")
    profile, called = deployment.profile(session), titles(kind, locale)
    asked = [field for field in KINDS[kind] if field.name not in GIVEN]
    columns = [_column(profile, kind, field, called[field.name], locale) for field in asked]
    name = term("batch", kind, locale)
    return name, blank(name, [*columns, *_places(kind, locale)], locale)


def _column(profile: LevelProfile, kind: str, field: Field, title: str, locale: str) -> Column:
    choices = _choices(profile, kind, field, locale)
    example = choices[0] if choices else _EXAMPLES.get(field.name, "")
    hints = (term("field_hint", name, locale) for name in (f"{kind}.{field.name}", field.name))
    said = [
        term("field", field.name, locale),
        translate("Required.", locale) if field.required else translate("May be left empty.", locale),
        translate("A date, as 2026-03-31.", locale) if field.shape == "date" else "",
        translate("A number.", locale) if field.shape == "number" else "",
        next((hint for hint in hints if hint not in {field.name, f"{kind}.{field.name}"}), ""),
    ]
    note = "\n".join(filter(None, said))
    return Column(title, note, field.required, choices, example, number=field.shape == "number")


def _places(kind: str, locale: str) -> list[Column]:
    """Return the columns of the place, where rows of a kind have one."""
    lon, lat, wkt = _PLACES["zh" if locale.startswith("zh") else "en"]
    note = translate("Degrees, as 111.2865 and 30.6919; you are asked in which coordinate system.", locale)
    must = kind in {"sites", "gates", "network", "grids", "land"}
    if kind in _SHAPES:
        return [Column(wkt, translate("The place as WKT text: POINT (111.2865 30.6919).", locale), must)]
    if kind not in _POINTS:
        return []
    return [Column(lon, note, must), Column(lat, note, must)]


def _choices(profile: LevelProfile, kind: str, field: Field, locale: str) -> list[str]:
    """Return the words a cell may hold, as the reader says them and as the import knows them."""
    kinds = {each: term("kind", each, locale) for each in COMPOUND_KINDS}
    roles = dict.fromkeys(role for tier in profile.tiers for role in tier.roles)
    names = {each: term("contact_role", each, locale) for each in roles}
    levels = [named(level, locale) for level in profile.levels]
    own = {
        ("units", "level"): levels,
        ("population", "level"): levels,
        ("units", "kind"): [
            *(word if compound_kind(word) == each else each for each, word in kinds.items()),
            *(named(kind, locale) for kind in profile.kinds),
        ],
        ("posts", "role"): [named(role, locale) for role in profile.roles],
        ("sites", "type"): [named(facility, locale) for facility in catalogue().types],
        ("contacts", "tier"): [str(tier.tier) for tier in profile.tiers],
        ("contacts", "role"): [word if contact_role(word, [each]) else each for each, word in names.items()],
    }
    return own.get((kind, field.name)) or _words(field, locale)


def _words(field: Field, locale: str) -> list[str]:
    if field.shape == "flag":
        return ["是", "否"] if locale.startswith("zh") else ["yes", "no"]
    known = field.words or {}
    ids = dict.fromkeys(known.values())
    if not locale.startswith("zh"):
        return list(ids)
    return [next((word for word, of in known.items() if of == each and word != each), each) for each in ids]
