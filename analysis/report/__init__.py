"""The report: one page of figures, tables, verdicts and cautions."""
