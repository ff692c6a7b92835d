"""Tables of the report, and the data from which figures and tables are made."""
