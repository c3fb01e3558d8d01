"""The question of the siting page: as an address, a form or a JSON body tells it."""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import shapely
from flask import request

from gridgov.domain.quantities import quantity
from gridgov.errors import InputError
from gridgov.sources.limits import LIMITS
from gridgov.sources.sheets import Reading
from gridgov.usecases import premises
from gridgov.usecases.candidates import Candidates, name_at, read_candidates
from gridgov.usecases.intaking import plain_name
from gridgov.usecases.planning import Asker
from gridgov.usecases.siting import Asked
from gridgov.web import looking, parameters
from gridgov.web.handle import database

MOST_SITES = 100
LARGEST_FILE = 8 * 1024 * 1024
_LONGEST = 20_000
_NUMBER = quantity("元", "yuan")
_TERMS = ("type", "sites", "apart", "budget", "premises", "lock", "out", "pack")


@dataclass(frozen=True)
class Question:
    """What the address asks: as it was told, and as siting takes it."""

    told: dict[str, str]
    name: str | None
    asked: Asked


def question(asker: Asker) -> Question:
    """Read the address."""
    told = told_so_far()
    if "type" not in told:
        raise InputError("siting_type_missing")
    name, offered = None, None
    if "premises" in told:
        kept = premises.find(database(), told["premises"], asker)
        name, offered = kept.name, premises.candidates(kept)
    asked = Asked(
        type=told["type"],
        sites=parameters.whole("sites", 5, least=1, most=MOST_SITES),
        candidates=offered,
        pack=told.get("pack"),
        budget=_number("budget", told),
        apart=_number("apart", told),
        locked=tuple(lines(told.get("lock", ""))),
        excluded=tuple(lines(told.get("out", ""))),
    )
    return Question(told, name, asked)


def told_so_far() -> dict[str, str]:
    """Return the question as the address says it, the parts that are told."""
    told = {name: request.args.get(name, "").strip() for name in _TERMS}
    for name, value in told.items():
        if len(value) > _LONGEST:
            raise InputError("text_long", name=name, most=_LONGEST)
    told["pack"] = looking.asked_pack() or ""
    return {name: value for name, value in told.items() if value}


def _number(name: str, told: dict[str, str]) -> float | None:
    if name not in told:
        return None
    try:
        return _NUMBER(told[name])
    except ValueError:
        raise InputError("number_unreadable", name=name, value=told[name][:100]) from None


def lines(told: str) -> list[str]:
    """Return the names of a list in the address, each on a line of its own."""
    return list(dict.fromkeys(line for line in told.splitlines() if line))


def with_lock(question: Question) -> dict[str, str]:
    """Return the question with the candidate locked that a place on the map means."""
    try:
        lon, lat = (float(part) for part in request.args["at"].split(","))
    except ValueError:
        raise InputError("position_unreadable") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InputError("position_unreadable")
    name = name_at(database(), question.asked.candidates, (lon, lat))
    locked = [one for one in question.asked.locked if one != name]
    out = [one for one in question.asked.excluded if one != name]
    told = question.told | {"lock": "\n".join([*locked, name]), "out": "\n".join(out)}
    return {key: value for key, value in told.items() if value}


def brought() -> tuple[str, Candidates]:
    """Read the file of the form; what is wrong with it is told by the name it came under."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InputError("upload_files_none")
    name = plain_name(file.filename)
    limits = replace(LIMITS, unpacked=10 * LARGEST_FILE, rows=10 * premises.MOST)
    crs, encoding, layer = (request.form.get(each, "").strip()[:100] or None for each in ("crs", "encoding", "layer"))
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        file.save(path)
        try:
            return name, read_candidates(path, Reading(crs, encoding, layer, limits))
        except InputError as error:
            raise InputError(error.code, **{**error.params, "path": name}) from error


def posted() -> Asked:
    """Read the question of a JSON body."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("type"), str) or not _is_whole(body.get("sites")):
        raise InputError("siting_body_bad")
    if body["sites"] > MOST_SITES:
        raise InputError("siting_number_bad", field="sites", value=body["sites"])
    pack = body.get("pack")
    if pack is not None and pack not in looking.pack_ids():
        raise InputError("option_unknown", name="pack", value=str(pack)[:100])
    for name in ("budget", "apart"):
        if body.get(name) is not None and not _is_number(body[name]):
            raise InputError("siting_number_bad", field=name, value=body[name])
    return Asked(
        type=body["type"],
        sites=body["sites"],
        candidates=None if body.get("candidates") is None else _candidates(body["candidates"]),
        pack=pack,
        budget=body.get("budget"),
        apart=body.get("apart"),
        locked=_names(body.get("lock")),
        excluded=_names(body.get("exclude")),
    )


def _names(told: object) -> tuple[str, ...]:
    if told is None:
        return ()
    if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
        raise InputError("siting_body_bad")
    return tuple(told)


def _candidates(told: object) -> Candidates:
    if not isinstance(told, list) or not all(
        isinstance(row, dict) and isinstance(row.get("name"), str) for row in told
    ):
        raise InputError("siting_body_bad")
    if len(told) > premises.MOST:
        raise InputError("premises_many", count=len(told), most=premises.MOST)
    for row in told:
        for field, most in (("x", 180), ("y", 90)):
            if not _is_number(row.get(field)) or abs(row[field]) > most:
                raise InputError("siting_number_bad", field=f"{row['name']}: {field}", value=row.get(field))
        if row.get("cost") is not None and (not _is_number(row["cost"]) or row["cost"] <= 0):
            raise InputError("siting_number_bad", field=f"{row['name']}: cost", value=row["cost"])
    costs = np.array([row.get("cost") for row in told], dtype=np.float64)
    places = shapely.points(np.array([(row["x"], row["y"]) for row in told], dtype=np.float64).reshape(-1, 2))
    return Candidates([row["name"] for row in told], np.array(places, dtype=object), _known(costs))


def _known(costs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
    return None if np.isnan(costs).all() else costs


def _is_number(told: object) -> bool:
    return isinstance(told, int | float) and not isinstance(told, bool) and abs(told) < 1e15


def _is_whole(told: object) -> bool:
    return isinstance(told, int) and not isinstance(told, bool)
