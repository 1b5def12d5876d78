"""dbt in a process of its own: any stage may build its group of models."""
