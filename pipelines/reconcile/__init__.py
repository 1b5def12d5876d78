"""``filings reconcile``: reports' printed figures judged by arithmetic.

``tables`` reads the CSV files, ``severity`` weighs a contradiction, ``message`` says it in Chinese,
``infer`` finds relations where none are given (from ``concepts.yml``), ``run`` puts them together.
"""
