"""The workbench of rule authors: lint, examples, coverage. The night does not need it."""
