"""Printed figures judged by arithmetic: what a print allows, and which relations can be true.

``printed`` says which exact values a printed figure stands for, ``relation`` reads relations,
``polynomial`` bounds them exactly, ``judge`` gives the verdict, ``sql`` states the same verdict
set-wise. The reader of stage 2, the rules of stage 4 and ``filings reconcile`` share them.
"""
