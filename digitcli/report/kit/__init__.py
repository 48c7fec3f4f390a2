"""What all reports are made with: text, tables, plots, HTML."""
