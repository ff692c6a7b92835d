"""Tables of the report, and everything that figures and tables are drawn from."""
