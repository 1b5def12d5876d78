"""The data dictionary: 29 tables, their columns and code lists, read once from YAML.

``tables/<alias>.yml`` describes one table, one column per line; ``codes.yml`` the code lists.
Everything that must know a field asks here: recognition of sheets, reading, schemas, staging
models, database comments and blank templates. To add a column, a synonym or a label, change the
YAML; nothing else. ``units.yml`` holds what headers' units are converted by, ``templates.yml`` the
versions of the templates, ``examples.yml`` what their example sheet shows.
"""

from pipelines.core.dictionary.examples import examples
from pipelines.core.dictionary.model import (
    TYPES,
    Code,
    CodeList,
    Column,
    Dictionary,
    Table,
    dictionary,
    load,
    normal,
)

__all__ = [
    "TYPES",
    "Code",
    "CodeList",
    "Column",
    "Dictionary",
    "Table",
    "dictionary",
    "examples",
    "load",
    "normal",
]
