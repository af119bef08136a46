"""Processes for tests: drawn with bpmn-js (`draw.py`), and exported by other tools (`foreign/`)."""
