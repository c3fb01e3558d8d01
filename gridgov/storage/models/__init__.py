"""Every table, so that one import knows the whole schema."""

from gridgov.storage.models import accounts
from gridgov.storage.models.areas import AreaSet
from gridgov.storage.models.base import Base, Located, Versioned, located
from gridgov.storage.models.batches import Batch, Deployment, ExportRecord
from gridgov.storage.models.changesets import ChangeSet, ContactReturn
from gridgov.storage.models.documents import Document
from gridgov.storage.models.facilities import (
    Land,
    LandVersion,
    Network,
    NetworkData,
    NetworkVersion,
    ServicePoint,
    ServicePointVersion,
    Site,
    SiteVersion,
)
from gridgov.storage.models.intake import Intake, Source, Upload, UploadPart
from gridgov.storage.models.organisations import (
    Branch,
    BranchVersion,
    Cadre,
    CadreVersion,
    Contact,
    ContactVersion,
    Department,
    DepartmentVersion,
    Partner,
    PartnerVersion,
    Post,
    PostVersion,
)
from gridgov.storage.models.plans import Plan, Premises
from gridgov.storage.models.population import Raster, RasterData, RasterVersion
from gridgov.storage.models.runs import BuiltNetwork, Run, RunGap, RunShare
from gridgov.storage.models.units import (
    Gate,
    GateVersion,
    Grid,
    GridVersion,
    Unit,
    UnitCell,
    UnitGrid,
    UnitShare,
    UnitVersion,
)

__all__ = [
    "AreaSet", "Base", "Batch", "Branch", "BranchVersion", "BuiltNetwork", "Cadre", "CadreVersion", "ChangeSet",
    "Contact", "ContactReturn", "ContactVersion", "Department", "DepartmentVersion", "Deployment", "Document",
    "ExportRecord", "Gate", "GateVersion", "Grid", "GridVersion", "Intake", "Land", "LandVersion", "Located", "Network",
    "NetworkData", "NetworkVersion", "Partner", "PartnerVersion", "Plan", "Post", "PostVersion", "Premises", "Raster",
    "RasterData", "RasterVersion", "Run", "RunGap", "RunShare", "ServicePoint", "ServicePointVersion", "Site",
    "SiteVersion", "Source", "Unit", "UnitCell", "UnitGrid", "UnitShare", "UnitVersion", "Upload", "UploadPart",
    "Versioned", "accounts", "located",
]  # fmt: skip
