"""A register made in the browser: what an officer decides about each column of a spreadsheet, until it is published.

`blueprint.py` the decisions, and the definition that they make · `columns.py` what a file's columns hold and what would
not fit · the verbs are in services/blueprints.py, the reads in queries/blueprints.py.
"""
