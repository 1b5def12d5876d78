"""The way of the data, one package per stage.

s1_archive → s2_lake → s3_models → s4_findings → s5_indicators → s6_gate → s7_published → s8_county.
A stage imports nothing from a later one; ``core`` is what all of them share; ``orchestration``,
``cli`` and ``simulate`` stand around the way and nothing on it imports them.
"""
