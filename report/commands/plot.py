"""plot.py: the command `faultline plot`: one kind of plot of result files as SVG, PNG or PDF."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from report.commands.files import load
from report.errors import EXIT_ENVIRONMENT, EXIT_INPUT, EXIT_NOTHING, EXIT_OK, ReportError
from report.metrics import metrics
from report.near import near_names
from report.plots.kinds import Kind, kinds
from report.result import Result

if TYPE_CHECKING:
    import pandas as pd

name = "plot"
summary = "Draw one kind of plot of result files."
suffixes = ("svg", "png", "pdf")
epilog = """\
kinds:
""" + "".join(f"  {kind.name:<15} {kind.summary}\n" for kind in kinds.values()) + """
examples:
  faultline plot throughput sim.json                 throughput.svg, a panel a workload
  faultline plot efficiency sim.json -o eff.pdf --design rwsem,refcount --workload pf_shared
  faultline plot latency run.json --count 4 -o latency.png
  faultline plot forest base.json new.json           ratios, intervals and verdicts
  faultline plot heatmap run.json --metric cpu_throughput
  faultline plot history results --workload pf_shared      a store: a point a session, changes
  faultline plot history results/*/run.json          files: a point a file

exit codes: 0 all right; 2 wrong use or a file that cannot be read; 4 the file needs a newer
faultline, or pandas or matplotlib is not there; 5 nothing to draw
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND", nargs="?", help="what to draw; see --list")
    parser.add_argument("files", metavar="FILE", nargs="*",
                        help="result file of faultline run, kernel or sim")
    parser.add_argument("-o", dest="out", metavar="OUT",
                        help="file to write, .svg, .png or .pdf (default: KIND.svg)")
    parser.add_argument("--design", metavar="A,B", help="only these designs")
    parser.add_argument("--workload", metavar="V,W", help="only these workloads")
    parser.add_argument("--count", metavar="N", type=int,
                        help="threads, of a simulation CPUs, where a plot shows one number")
    parser.add_argument("--metric", metavar="NAME",
                        help="what to compare, where a plot can show several (default: throughput)")
    parser.add_argument("--list", action="store_true", help="list the kinds")


def run(arguments: argparse.Namespace) -> int:
    if arguments.list:
        for kind in kinds.values():
            print(f"{kind.name:<15} {kind.summary}")
        return EXIT_OK
    kind = kind_of(arguments)
    out = output(arguments.out, kind)
    store = store_of(kind, arguments.files)
    results = [] if store else [plottable(file) for file in arguments.files]
    try:
        drawn = picture(kind, store or results, arguments, out.suffix[1:].lower())
    except ImportError as error:
        raise ReportError(
            EXIT_ENVIRONMENT,
            f"{sys.executable} cannot draw ({error}); install python3-pandas, python3-scipy and "
            "python3-matplotlib for it",
        ) from None
    except ValueError as error:
        named = arguments.files[0] if len(arguments.files) == 1 else f"{len(arguments.files)} files"
        raise ReportError(
            EXIT_NOTHING, f"{named}: {error}; give another file or kind, see faultline plot --list"
        ) from None
    try:
        out.write_bytes(drawn)
    except OSError as error:
        raise ReportError(
            EXIT_INPUT, f"cannot write {out}: {error.strerror}; name another place with -o"
        ) from None
    print(out)
    return EXIT_OK


def picture(
    kind: Kind, results: list[Result] | Path, arguments: argparse.Namespace, form: str
) -> bytes:
    """The plot as a file of `form`; pandas and matplotlib are needed from here on."""
    from report.plots import draw_figure
    from report.plots.save import image

    with warnings.catch_warnings():
        # numpy's and matplotlib's, of absurd values: the picture, or the error, says enough.
        warnings.simplefilter("ignore")
        frame = select(frame_of(kind, results, arguments), arguments)
        return image(draw_figure(kind, frame, **options_of(kind, arguments)), form)


def kind_of(arguments: argparse.Namespace) -> Kind:
    """The kind that was asked for, its options checked. Raises ReportError (exit 2)."""
    if arguments.kind is None:
        raise ReportError(EXIT_INPUT, "no kind of plot is given; see faultline plot --list")
    if arguments.kind not in kinds:
        raise ReportError(
            EXIT_INPUT,
            f"no plot is named '{arguments.kind}'; {near_names(arguments.kind, list(kinds))}")
    if not arguments.files:
        raise ReportError(EXIT_INPUT, "no file is given; name one of faultline run or sim")
    kind = kinds[arguments.kind]
    for option in ("count", "metric"):
        if getattr(arguments, option) is not None and option not in kind.options:
            able = ", ".join(one.name for one in kinds.values() if option in one.options)
            raise ReportError(
                EXIT_INPUT, f"{kind.name} takes no --{option}; leave it out, or draw one of {able}")
    if arguments.metric is not None and arguments.metric not in metrics:
        raise ReportError(
            EXIT_INPUT, f"no metric is named '{arguments.metric}'; "
            f"{near_names(arguments.metric, list(metrics))}")
    return kind


def output(given: str | None, kind: Kind) -> Path:
    """Where to write. Raises ReportError (exit 2) for a name that tells no format."""
    out = Path(given if given is not None else f"{kind.name}.svg")
    if out.suffix[1:].lower() not in suffixes:
        raise ReportError(
            EXIT_INPUT, f"{out} does not end in .svg, .png or .pdf; name the file by its format")
    return out


def plottable(file: str) -> Result:
    """A result with throughput. Raises ReportError (exit 4) for one of the model checker."""
    result = load(name, file)
    if not isinstance(result, Result):
        raise ReportError(
            EXIT_ENVIRONMENT, f"{file} is from the model checker, there is nothing to draw of it; "
            "print it with faultline report")
    return result


def store_of(kind: Kind, files: list[str]) -> Path | None:
    """The store of a history; None where files are given.

    Raises ReportError (exit 2) for a folder that is none, or one among files.
    """
    folders = [file for file in files if Path(file).is_dir()]
    if not folders:
        return None
    if kind.frame != "history" or len(files) > 1:
        raise ReportError(
            EXIT_INPUT, f"{folders[0]} is a folder; name result files, or to faultline plot "
            "history one folder that faultline history add filled")
    return Path(folders[0])


def stored_frame(store: Path, arguments: argparse.Namespace) -> pd.DataFrame:
    """What a store holds of what is asked for, with its changes and accepted changes."""
    from report.commands.history import stored_series
    from report.history.series import history_frame

    return history_frame(stored_series(
        store, workloads=tuple(listed(arguments.workload) or ()),
        designs=tuple(listed(arguments.design) or ()), metrics=(arguments.metric or "throughput",),
        command=name,
    ))


def frame_of(
    kind: Kind, results: list[Result] | Path, arguments: argparse.Namespace
) -> pd.DataFrame:
    """What the kind draws, of all files together."""
    from report import frames

    if isinstance(results, Path):
        return stored_frame(results, arguments)

    if kind.frame == "comparison":
        return frames.comparison_frame(comparison_of(results, arguments))
    if kind.frame == "history":
        return frames.history_frame(results, arguments.metric or "throughput")
    make = {"runs": frames.runs_frame, "threads": frames.threads_frame,
            "latency": frames.latency_frame}[kind.frame]
    return frames.joined([make(result) for result in results],
                         frames.source_names([result.path for result in results]))


def comparison_of(results: list[Result], arguments: argparse.Namespace) -> Any:
    """Two files or more: the first is the base. One: what it has several of, its
    designs, placements or builds, against the first one."""
    from report import compare

    from report.compare.rows import Selection, default_metrics

    selection = Selection(
        workloads=tuple(listed(arguments.workload) or ()),
        designs=tuple(listed(arguments.design) or ()),
        counts=() if arguments.count is None else (arguments.count,),
        metrics=default_metrics if arguments.metric is None else (arguments.metric,),
    )
    if len(results) > 1:
        return compare.compare_files(results[0], results[1:], selection)
    return compare.compare_within(results[0], selection=selection)


def select(frame: pd.DataFrame, arguments: argparse.Namespace) -> pd.DataFrame:
    """The rows of the designs and workloads asked for.

    Raises ReportError (exit 2) for a name or a count that no file has.
    """
    for column in ("design", "workload"):
        wanted = listed(getattr(arguments, column))
        if wanted is None or column not in frame:
            continue
        known = list(dict.fromkeys(frame[column]))
        for one in wanted:
            if one not in known:
                raise ReportError(
                    EXIT_INPUT, f"the files have no {column} '{one}'; {near_names(one, known)}")
        frame = frame[frame[column].isin(wanted)]
    if arguments.count is not None and "count" in frame and len(frame):
        counts = sorted(int(n) for n in frame["count"].unique())
        if arguments.count not in counts:
            there = ", ".join(map(str, counts[:20])) + (", ..." if len(counts) > 20 else "")
            raise ReportError(
                EXIT_INPUT, f"there is no run with --count {arguments.count}; there is {there}")
    return frame


def listed(text: str | None) -> list[str] | None:
    """'A,B' as a list; None where nothing was given."""
    return None if text is None else [one.strip() for one in text.split(",") if one.strip()]


def options_of(kind: Kind, arguments: argparse.Namespace) -> dict[str, Any]:
    """The keyword arguments of the kind's function that the command line sets."""
    options: dict[str, Any] = {}
    if arguments.count is not None and kind.frame != "comparison":
        options["count"] = arguments.count
    if arguments.metric is not None and kind.frame != "comparison":
        from report.frames import column_of

        options["value"] = column_of(arguments.metric)
    return options
