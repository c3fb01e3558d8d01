"""Typst: a template and data in, a document out. The data go beside the template, never into its markup."""

from datetime import datetime
from typing import Any, Literal

import orjson
import typst

from gridgov.errors import GridgovError
from gridgov.resources import resource


def typeset(template: str, told: dict[str, Any], made: datetime, form: Literal["pdf", "png"] = "pdf") -> list[bytes]:
    """Typeset data by a template of `templates/reports/`: one PDF, or one PNG per page.

    Only the project's own font is known, so that a document looks the same on every machine; the same data made at the
    same time give the same bytes.

    Raises
    ------
    GridgovError
        ``typesetting_failed`` where typst refuses; says why.
    """
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(resource("geodata", "fonts"))]
    )
    source = [resource("templates", "reports", name).read_bytes() for name in ("page.typ", template)]
    try:
        compiler = typst.Compiler(
            font_paths=fonts, sys_inputs={"told": orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY).decode()}
        )
        pages = compiler.compile(b"\n".join(source), format=form, ppi=110, timestamp=int(made.timestamp()))
    except (typst.TypstError, RuntimeError) as error:
        raise GridgovError("typesetting_failed", template=template, reason=str(error)) from error
    return pages if isinstance(pages, list) else [pages or b""]
