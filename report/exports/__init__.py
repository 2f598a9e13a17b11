"""What `faultline export` writes: one module a format; report/formats.py lists them.

Strings of a file are a stranger's: names.py makes them harmless, whoever shows the export next.
"""
