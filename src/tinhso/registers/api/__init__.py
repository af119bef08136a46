"""The registers over HTTP, at /api/v1/registers, one concept a file. `ETag` is the revision (and the version of the
register, `door.tag`); a change says what it saw with `If-Match`, and its name with `Idempotency-Key`."""

from . import batch, changes, exports, proposals, records, registers
from .door import router

__all__ = ["batch", "changes", "exports", "proposals", "records", "registers", "router"]
