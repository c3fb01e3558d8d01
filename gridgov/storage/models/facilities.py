"""Sites, their service points, the walking network, and the land the map is drawn on."""

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, deferred, mapped_column

from gridgov.storage.models.base import Base, Located, Versioned
from gridgov.storage.types import Code


class Site(Base):
    """The identity of a site: a place with entrances."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)


class SiteVersion(Versioned, Located, Base):
    """A site for a time; `entrances` is WKT of a multipoint where recorded."""

    __tablename__ = "site_version"
    subject = "site_id"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    code: Mapped[str] = mapped_column(Code, index=True)
    name: Mapped[str | None]
    address: Mapped[str | None]
    entrances: Mapped[str | None]


class ServicePoint(Base):
    """The identity of a service point."""

    __tablename__ = "service_point"

    id: Mapped[int] = mapped_column(primary_key=True)


class ServicePointVersion(Versioned, Base):
    """One service of a type at a site, for a time."""

    __tablename__ = "service_point_version"
    subject = "service_point_id"

    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    code: Mapped[str] = mapped_column(Code, index=True)
    name: Mapped[str | None]
    type: Mapped[str] = mapped_column(index=True)
    capacity: Mapped[float | None]
    hours: Mapped[str | None]
    status: Mapped[str]
    planned_year: Mapped[int | None]
    verified: Mapped[bool]
    source: Mapped[str | None]


class Network(Base):
    """The identity of a walking network: what one source brought."""

    __tablename__ = "network"

    id: Mapped[int] = mapped_column(primary_key=True)


class NetworkData(Base):
    """A network's segments as compressed arrays, in EPSG:4490, under their content hash."""

    __tablename__ = "network_data"

    hash: Mapped[str] = mapped_column(primary_key=True)
    payload: Mapped[bytes] = deferred(mapped_column(LargeBinary))


class NetworkVersion(Versioned, Base):
    """A network for a time."""

    __tablename__ = "network_version"
    subject = "network_id"

    network_id: Mapped[int] = mapped_column(ForeignKey("network.id"))
    code: Mapped[str] = mapped_column(Code, index=True)
    hash: Mapped[str] = mapped_column(ForeignKey("network_data.hash"))
    segments: Mapped[int]
    metres: Mapped[float]


class Land(Base):
    """The identity of a piece of water, green or hill."""

    __tablename__ = "land"

    id: Mapped[int] = mapped_column(primary_key=True)


class LandVersion(Versioned, Located, Base):
    """What the calm ground of the map shows, for a time: water, green, hill. Only sites keep out of water."""

    __tablename__ = "land_version"
    subject = "land_id"

    land_id: Mapped[int] = mapped_column(ForeignKey("land.id"))
    code: Mapped[str] = mapped_column(Code, index=True)
    name: Mapped[str | None]
    kind: Mapped[str]
