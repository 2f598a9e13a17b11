"""results.py: the report on demand: result files as objects and DataFrames, comparisons."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Iterator

from faultline.build import data_folder
from faultline.errors import UnsupportedError, error_of
from faultline.options import PathLike

if TYPE_CHECKING:
    from report.compare import Comparison
    from report.proof import ProofResult
    from report.result import Result

LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels", "matplotlib")
"""What the report imports when it is needed."""

_lock = threading.Lock()


def load(path: PathLike) -> Result | ProofResult:
    """The result file at `path`, of whichever bench: Result, SimResult or ProofResult.

    Raises UsageError for a file that cannot be read or is no result, UnsupportedError for one of a
    newer faultline, NothingError when no run of it says anything.
    """
    with translated():
        loaded: Result | ProofResult = report("load").load_file(path)
        return loaded


def frame(result: Result) -> Any:
    """The good runs of a result, measured or simulated, as a pandas DataFrame: a row a run.

    What report.frames.runs_frame() gives. Columns: session, bench, subject, workload, design,
    placement, threads, cpus (simulated ones), count (of cpus, or else of threads), oversubscribed,
    unit, round, throughput [op/s], cpu_throughput [op/CPU-s], wait_p50_ns and more, jain (1: all
    threads did the same), and param_NAME for each further parameter. NA was not measured.
    """
    with translated():
        return report("frames").runs_frame(result)


def compare(
    base: Result | PathLike, new: Result | PathLike, *, across_machines: bool = False
) -> Comparison:
    """The same configurations of two results: effects, 95 % intervals and verdicts, row by row.

    base, new: results, or paths of their files. across_machines: also of different machines.
    Raises UnsupportedError for results that are not comparable, NothingError where they have no
    configuration in common.
    """
    with translated():
        compare_files = report("compare").compare_files
        found: Comparison = compare_files(
            result_of(base), [result_of(new)], across_machines=across_machines)
        return found


def compare_within(
    result: Result | PathLike, *, by: str = "design", base: str | None = None
) -> Comparison:
    """One design of a result against each other one, paired within rounds or seeds.

    result: a result, or the path of its file. by: "design", "placement" or "subject". base: the
    one that the others are compared with; the first one of the file when not given. Raises
    UsageError for a name that is not there, NothingError where there is only one.
    """
    with translated():
        found: Comparison = report("compare").compare_within(result_of(result), by=by, base=base)
        return found


def result_of(value: Result | PathLike) -> Result:
    """A result as it is, or that of a file."""
    if not isinstance(value, str) and not isinstance(value, os.PathLike):
        return value
    loaded: Result = report("load").load_result(value)
    return loaded


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """The report's errors as those of this package."""
    try:
        yield
    except ModuleNotFoundError as error:
        library = str(error.name).partition(".")[0]
        if library not in LIBRARIES:
            raise
        raise UnsupportedError(f"{sys.executable} has no {library}; install python3-{library} "
                               "for it") from error
    except Exception as error:
        if type(error).__name__ == "ReportError":
            code: int = getattr(error, "exit_code", UnsupportedError.exit_code)
            raise error_of(code, str(error)) from None
        raise


def report(name: str) -> ModuleType:
    """The module report.NAME of this build, or of what was installed with this package.

    Raises UnsupportedError when it is not there, or when another module has its name.
    """
    folder = Path(data_folder) / "report"
    with _lock:
        package = sys.modules.get("report")
        # A folder of that name without code, as that of this build's types, is no module.
        if package is None or getattr(package, "__file__", None) is None:
            package = imported(folder)
    file = Path(str(package.__file__))
    if file.resolve() != (folder / "__init__.py").resolve():
        raise UnsupportedError(f"another module is loaded as `report`, {file}; rename that one")
    return importlib.import_module(f"report.{name}")


def imported(folder: Path) -> ModuleType:
    """The package, without its folder's neighbours on sys.path."""
    file = folder / "__init__.py"
    spec = importlib.util.spec_from_file_location(
        "report", file, submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None or not file.is_file():
        raise UnsupportedError(f"no {folder}; install faultline (meson install), or leave the "
                               "sources of this build where they are")
    package = importlib.util.module_from_spec(spec)
    sys.modules["report"] = package
    try:
        spec.loader.exec_module(package)
    except BaseException:
        del sys.modules["report"]
        raise
    return package
