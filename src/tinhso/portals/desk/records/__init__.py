"""Writing to a register: forms made from its definition, undo, bulk edits, merges, proposals that wait."""
