"""How many people live where, from rasters and cells rather than from counts of units."""

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.storage.models.base import Base, Versioned
from gridgov.storage.types import Code


class Raster(Base):
    """The identity of a population raster or grid of cells: what one source brought."""

    __tablename__ = "raster"

    id: Mapped[int] = mapped_column(primary_key=True)


class RasterData(Base):
    """The cells with people as compressed arrays, in EPSG:4490, under their content hash."""

    __tablename__ = "raster_data"

    hash: Mapped[str] = mapped_column(primary_key=True)
    payload: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class RasterVersion(Versioned, Base):
    """A population raster for a time: how many cells hold how many people, counted in which year.

    `band` is the age band it counts, or None where it counts everybody.
    """

    __tablename__ = "raster_version"
    subject = "raster_id"

    raster_id: Mapped[int] = mapped_column(ForeignKey("raster.id"))
    code: Mapped[str] = mapped_column(Code, index=True)
    hash: Mapped[str] = mapped_column(ForeignKey("raster_data.hash"))
    cells: Mapped[int]
    people: Mapped[float]
    year: Mapped[int | None]
    band: Mapped[str | None]
