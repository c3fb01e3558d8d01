"""The commands that build, check, compute and answer."""

import csv
import sys
from dataclasses import asdict
from datetime import date
from typing import Any

import click

import gridgov
from gridgov.cli.console import (
    answer_json,
    as_json,
    as_of,
    changing,
    clearly,
    locale,
    looking,
    numbered,
    progress,
    say,
    settings,
    table,
    today,
    told,
)
from gridgov.cli.contacts import contacts
from gridgov.cli.exporting import export
from gridgov.cli.importing import importing
from gridgov.cli.loading import pack, profile
from gridgov.cli.planning import plan
from gridgov.cli.reporting import report
from gridgov.cli.serving import demo, serve, worker
from gridgov.cli.siting import siting
from gridgov.cli.users import user
from gridgov.errors import GridgovError
from gridgov.spatial.warming import warm_up
from gridgov.storage.current import At, Scope
from gridgov.storage.database import open_engine, upgrade, writing
from gridgov.usecases import (
    answering,
    checking,
    comparing,
    covering,
    deployment,
    gridding,
    mending,
    reading_runs,
)
from gridgov.usecases.gap_filter import GapFilter
from gridgov.usecases.importing_contacts import settle_disputes
from gridgov.usecases.reading_runs import LEVELS
from gridgov.usecases.runrecord import PROFILES, REFERENCE
from gridgov.wording import sentence, term
from gridgov.wording.figures import named


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(gridgov.__version__, prog_name="gridgov")
def main() -> None:
    """Map a city's grassroots governance: five levels, three-tier contacts, the 15-minute living circle."""


@main.command()
@clearly
def init() -> None:
    """Create or upgrade the database, and compile what coverage needs; safe to repeat."""
    engine = open_engine(settings().database_url)
    try:
        upgrade(engine)
        with writing(engine) as session:
            settle_disputes(session, deployment.profile(session))
    finally:
        engine.dispose()
    warm_up()
    say("The database is ready: {address}", address=engine.url.render_as_string(hide_password=True))


@main.command()
@click.option("--fix", is_flag=True, help="First mend what needs no judgement, as one batch that can be undone.")
@as_of
@as_json
@clearly
def check(fix: bool, as_of: date | None, form: str) -> None:
    """Find what is wrong with the data. Exit status 1 where there are errors."""
    mended = _mended(today(as_of)) if fix else None
    with looking() as session:
        found = checking.check(session, today(as_of), Scope.everything())
    rows = [{**asdict(finding), "message": _finding(finding)} for finding in found]
    errors = sum(row["severity"] == "error" for row in rows)
    warnings = sum(row["severity"] == "warning" for row in rows)
    if form == "json":
        answer_json({**(mended or {}), "errors": errors, "warnings": warnings, "rows": rows})
    else:
        _tell_mended(mended)
        for row in rows:
            click.echo(f"{term('severity', row['severity'], locale())}  {row['subject']}  {row['message']}")
        say("{errors} errors, {warnings} warnings, {all} findings.", errors=errors, warnings=warnings, all=len(rows))
    sys.exit(1 if errors else 0)


def _mended(at: At) -> dict[str, Any]:
    """Mend what needs no judgement and return what `--format json` tells of it."""
    with changing() as session:
        done = mending.mend(session, at)
    fixed = [
        {"kind": each.kind, "subject": each.subject, "thing": (each.thing, each.identity), "message": _mend(each)}
        for each in done.mends
    ]
    return {"batch": done.batch, "fixed": fixed}


def _tell_mended(mended: dict[str, Any] | None) -> None:
    heading = told("Mended")
    for row in mended["fixed"] if mended else ():
        click.echo(f"{heading}  {row['subject']}  {row['message']}")
    if mended and mended["fixed"]:
        say("{count} mended in batch {batch}.", count=len(mended["fixed"]), batch=mended["batch"])
    elif mended:
        say("Nothing could be mended without judgement.")


@main.group()
def grids() -> None:
    """The unit grid, and units onto grids."""


@grids.command("build")
@click.option("--size", type=float, default=None, metavar="METRES", help="Side of a unit-grid cell; 100 by default.")
@as_of
@as_json
@clearly
def grids_build(size: float | None, as_of: date | None, form: str) -> None:
    """Lay units onto the governance grids and the unit grid."""
    with looking() as session:
        laid = gridding.compute(session, today(as_of).day, size)
    with changing() as session:
        report = gridding.keep(session, laid)
    if form == "json":
        answer_json(asdict(report))
    else:
        say("Batch {batch}: {units} units laid onto {grids} grids and {size:g} m cells.", **asdict(report))
        say("{on_grids} lie on grids, {on_cells} on cells; {crossing} compounds cross communities.", **asdict(report))


@main.group()
def coverage() -> None:
    """How far the services cover the living circle."""


@coverage.command("run")
@click.option("--pack", default=None, metavar="P", help="The rule pack.")
@as_of
@as_json
@clearly
def coverage_run(pack: str | None, as_of: date | None, form: str) -> None:
    """Compute coverage and keep the run."""
    progress("Computing coverage …")
    with looking() as session:
        computed = covering.compute(session, today(as_of), pack)
    with changing() as session:
        record = reading_runs.record(covering.keep(session, computed))
    if form == "json":
        answer_json(record)
        return
    say("Run {run} as of {as_of}, rule pack {pack}, {seconds:.1f} s.", **record)
    basis = term("basis", record["basis"], locale())
    say("Weighed by {basis}: {people:,.0f}; {unknown} demand points unknown.", **{**record, "basis": basis})
    table(
        ["Tier", "Met", "Of", "Complete", "Limiting type"],
        [
            [row["tier"], row["met"], row["of"], _percent(row["complete_share"]), row["limiting"]]
            for row in record["tiers"]
        ],
    )


@coverage.command("show")
@click.argument("run", type=numbered, required=False)
@click.option("--level", type=click.Choice(LEVELS), default="community", help="What the rows speak of.")
@click.option("--pack", default=None, metavar="P", help="The newest run of this rule pack, where no run is named.")
@click.option(
    "--profile", type=click.Choice(PROFILES), default=REFERENCE, help="Shares at a walker’s pace: no verdict."
)
@as_of
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", help="How to answer.")
@clearly
def coverage_show(run: int | None, level: str, pack: str | None, profile: str, as_of: date | None, form: str) -> None:
    """Show the shares of a run, the newest where none is named."""
    with looking() as session:
        kept = covering.find(session, run, today(as_of), pack)
        rows = reading_runs.show(session, kept, level, Scope.everything(), profile)
        _answer_rows(rows, form, run=kept.id, level=level)


@coverage.command("gaps")
@click.argument("run", type=numbered, required=False)
@click.option("--pack", default=None, metavar="P", help="The newest run of this rule pack, where no run is named.")
@as_of
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", help="How to answer.")
@clearly
def coverage_gaps(run: int | None, pack: str | None, as_of: date | None, form: str) -> None:
    """List where people lack what, and why."""
    with looking() as session:
        kept = covering.find(session, run, today(as_of), pack)
        rows = reading_runs.gaps(session, kept, Scope.everything(), GapFilter())
        _answer_rows(rows, form, run=kept.id)


@coverage.command("diff")
@click.argument("before", type=numbered)
@click.argument("after", type=numbered)
@as_json
@clearly
def coverage_diff(before: int, after: int, form: str) -> None:
    """Tell why two runs differ: by rules, facilities, network or demand."""
    progress("Comparing runs …")
    with looking() as session:
        found = comparing.compare(session, covering.find(session, before), covering.find(session, after))
    if form == "json":
        answer_json(found)
    elif not found["changed"]:
        say("Runs {before} and {after} rest on the same inputs.", **found)
    else:
        _tell_difference(found)


@main.command()
@click.argument("place")
@as_of
@as_json
@clearly
def who(place: str, as_of: date | None, form: str) -> None:
    """Tell who is responsible at PLACE: a code, a name, an address or a position.

    Names may be written in pinyin, or by its first letters. A position is "longitude,latitude", degrees with minutes
    and seconds, or metres; the name of its system may stand behind it (GCJ-02, BD-09, CGCS2000 …).
    """
    with looking() as session:
        answer = answering.who(session, place, today(as_of), Scope.everything())
        roles = {role.id: named(role, locale()) for role in deployment.profile(session).roles}
    if form == "json":
        answer_json(answer)
        return
    read = answer["position"]
    if read:
        say("Read as longitude {lon:.6f}, latitude {lat:.6f} ({crs}).", **read)
    for candidate in answer["candidates"]:
        _tell(candidate, roles)


def _answer_rows(rows: list[dict[str, Any]], form: str, **more: object) -> None:
    if form == "json":
        answer_json({**more, "rows": rows})
    elif form == "csv":
        writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]) if rows else ["code"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    elif rows:
        table(list(rows[0]), [list(row.values()) for row in rows])
    else:
        say("Nothing to show.")


def _tell(candidate: dict[str, Any], roles: dict[str, str]) -> None:
    names = [link.get("name") or link.get("code") or told("present") for link in candidate["chain"] if link]
    how = term("place_match", candidate["match"], locale())
    doubt = "" if candidate["certain"] else told(" (to be confirmed)")
    doubt += f" · {how}" if how != candidate["match"] else ""
    outside = told(" (the nearest; the place lies outside every unit)") if candidate["outside"] else ""
    click.echo(" › ".join(names) + doubt + outside)
    for post in candidate["posts"]:
        click.echo(
            f"  {roles.get(post['role'], post['role'])}: {post['holder'] or '–'} {post['office_phone'] or ''}".rstrip()
        )
    for held in candidate["contacts"]:
        role = term("contact_role", held["role"], locale())
        click.echo(f"  {role}: {held['holder']} {held['office_phone'] or ''}".rstrip())
    for body in candidate["partners"]:
        _tell_body(body)


def _tell_body(body: dict[str, Any]) -> None:
    kind = term("partner_kind", body["kind"], locale())
    click.echo(" ".join(filter(None, (f"  {kind}: {body['name']}", body["contact"], body["phone"]))))
    for offer in body["resources"]:
        click.echo(told("    shares: {what}", what=offer["text"]))
    for pledge in body["pledges"]:
        state = term("pledge_state", pledge["state"], locale())
        day = pledge["kept"] if pledge["state"] == "kept" else pledge["due"]
        click.echo(told("    pledged: {what} ({state})", what=pledge["text"], state=f"{state} {day or ''}".strip()))


def _finding(finding: checking.Finding) -> str:
    return sentence(GridgovError(f"finding_{finding.kind}", subject=finding.subject, **finding.params), locale())


def _mend(mend: mending.Mend) -> str:
    return sentence(GridgovError(f"mended_{mend.kind}", subject=mend.subject, **mend.params), locale())


def _tell_difference(found: dict[str, Any]) -> None:
    """Print by type and part how many more people are covered, and which facilities that hangs on."""
    heads = {"rules": "Rules", "facilities": "Facilities", "network": "Paths", "demand": "People"}
    changes = [row for row in found["types"] if row["covered_before"] != row["covered_after"]]
    rows = [
        [row["type"], row["covered_before"], row["covered_after"], *(row[part] for part in heads)] for row in changes
    ]
    table(["Type", "Covered before", "Covered after", *heads.values()], rows)
    if found["facilities"]:
        table(
            ["Service point", "Type", "Gained", "Lost"],
            [[row["point"], row["type"], row["gained"], row["lost"]] for row in found["facilities"]],
        )


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.1%}"


main.add_command(importing)
main.add_command(export)
main.add_command(demo)
main.add_command(serve)
main.add_command(worker)
main.add_command(user)
main.add_command(profile)
main.add_command(pack)
main.add_command(report)
main.add_command(contacts)
main.add_command(plan)
main.add_command(siting)
