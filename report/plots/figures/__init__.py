"""The kinds of plots, a file each; report/plots/kinds.py is their list.

The functions are in report.plots: a module there would hide the function of the same name.
"""
