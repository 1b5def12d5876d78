"""Stage 4: the contradiction catalogue is checked, compiled, evaluated; findings get a life."""

from pipelines.s4_findings.catalogue import rule_sentences
from pipelines.s4_findings.run import FindingsResult, catalogue_version, run

__all__ = ["FindingsResult", "catalogue_version", "rule_sentences", "run"]
