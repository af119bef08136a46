"""Decision tables of a procedure, and the tasks that ask them."""

from collections.abc import Generator

from ..definitions import ProcedureDefinition
from .faults import Fault, fault_at
from .names import unknown
from .reading import Broken, Drawing


def decisions(model: ProcedureDefinition, drawing: Drawing) -> Generator[Fault, None, set[str]]:
    """Faults of the tables; returns the names that they answer."""
    from ..workflow import dmn

    tables: dict[str, dmn.Table] = {}
    for number, name in enumerate(model.decisions):
        key = ["decisions", number]
        try:
            read = dmn.read(model.files[name])
        except Broken as error:
            yield key, f"{name}:{error.line}: {error}"
            continue
        for table in read:
            if table.id in tables:
                yield key, f"{name}: another decision has the id {table.id}"
            tables[table.id] = table
            for message in dmn.faults(table):
                yield key, f"{name}: decision {table.id} “{table.name}”: {message}"
    tasks = [node for node in drawing.nodes.values() if node.tag == "businessRuleTask"]
    for task in tasks:
        if not task.calls:
            yield fault_at(task, "names no decision (decisionRef)")
        elif task.calls not in tables:
            known = ", ".join(tables) or "none"
            yield fault_at(task, f"there is no decision {task.calls!r} in `decisions`; there are {known}")
    called = {task.calls for task in tasks}
    answers = {output.name for table in tables.values() for output in table.outputs}
    for table in tables.values():
        if table.id not in called:
            yield ["decisions"], f"decision {table.id} “{table.name}” is asked by no business rule task"
        cells = (test for rule in table.rules for test in rule.tests)
        reads = frozenset[tuple[str, str]]().union(
            *(expression.reads for expression in table.inputs),
            *(value.reads for rule in table.rules for value in rule.values),
            *(cell.reads() for cell in cells),
        )
        for message in unknown(model, reads, answers):
            yield ["decisions"], f"decision {table.id} “{table.name}”: {message}"
    return answers
