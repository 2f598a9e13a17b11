"""What `faultline import` reads: one module a format; sources.py lists them.

Files of other programs become result files, so that old figures can be drawn and gated. What such a
file does not say is null, nothing is made up.
"""
