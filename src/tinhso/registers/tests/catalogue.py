"""What PostgreSQL's catalogue says of a register's table, for comparison: all but the order of its columns."""

from .conftest import rows


def catalogue(name):
    table = (f"reg.{name}",)
    columns = rows(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, attstattarget, pg_get_expr(adbin,"
        " adrelid), col_description(attrelid, attnum) FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND"
        " adnum = attnum WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname",
        table,
    )
    constraints = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
    indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'reg' AND tablename = %s"
    triggers = "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"
    view = "SELECT pg_get_viewdef(oid), obj_description(oid, 'pg_class') FROM pg_class WHERE oid = to_regclass(%s)"
    return {
        "columns": columns,
        "constraints": sorted(rows(constraints, table)),
        "indexes": sorted(rows(indexes, (name,))),
        "triggers": sorted(rows(triggers, table)),
        "view": rows(view, (f"pub.{name}",)),
    }
