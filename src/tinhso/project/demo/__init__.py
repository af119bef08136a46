"""The demonstration province: invented people and two years of invented cases, from a fixed seed, all marked.

Nobody here exists. Names are drawn at random from common parts of names; identity numbers come from a range that real
cards do not use (kernel.fields). The units, the agencies and the reform of 2025-07-01 are real.
"""
