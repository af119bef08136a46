"""What may be asked of a list: conditions on fields, full-text search, order and the keyset."""

from .conditions import Where, conditions, named, pairs
from .operators import OPERATORS, may_ask, operators_of
from .order import Order

__all__ = ["OPERATORS", "Order", "Where", "conditions", "may_ask", "named", "operators_of", "pairs"]
