"""Names of things, told apart by the type checker."""

from typing import NewType

JobId = NewType("JobId", str)
RunId = NewType("RunId", str)
OrderId = NewType("OrderId", str)
ProjectId = NewType("ProjectId", str)
PermitId = NewType("PermitId", str)
SiteId = NewType("SiteId", str)
MemberId = NewType("MemberId", str)
ReleaseId = NewType("ReleaseId", str)
