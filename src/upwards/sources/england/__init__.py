"""England's own names: headings of management information systems and of published files."""
