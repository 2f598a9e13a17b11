"""results.py: the report on demand: result files as objects and DataFrames, comparisons."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Iterator

from faultline.build import report_parent
from faultline.errors import UnsupportedError, error_of
from faultline.options import PathLike

if TYPE_CHECKING:
    from report.proof import ProofResult
    from report.result import Result

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

    Columns: session, bench, subject, workload, design, placement, threads, cpus (simulated ones),
    count (of cpus, or else of threads), oversubscribed, unit, round, throughput [op/s],
    cpu_throughput [op/CPU-s], wait_p50_ns and more, jain (1: all threads did the same), and
    param_<name> for each further parameter. What was not measured is NA.
    """
    with translated():
        return report("frames").runs_frame(result)


def compare(
    base: Result | PathLike, new: Result | PathLike, *, across_machines: bool = False
) -> Any:
    """The same configurations of two results: effects, 95 % intervals and verdicts, row by row.

    Results, or paths of their files. across_machines: also of different machines. Returns a
    report.compare.Comparison. Raises UnsupportedError for results that are not comparable,
    NothingError where they have no configuration in common.
    """
    with translated():
        compare_files = report("compare").compare_files
        load_result = report("load").load_result
        first, second = (load_result(one) if is_path(one) else one for one in (base, new))
        return compare_files(first, [second], across_machines=across_machines)


def is_path(value: object) -> bool:
    return isinstance(value, str) or hasattr(value, "__fspath__")


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """The report's errors as those of this package."""
    try:
        yield
    except ImportError as error:
        raise UnsupportedError(f"{sys.executable} lacks {error.name or error}; install "
                               "python3-numpy, python3-scipy, python3-pandas and "
                               "python3-matplotlib for it") from error
    except Exception as error:
        if type(error).__name__ == "ReportError":
            code: int = getattr(error, "exit_code", UnsupportedError.exit_code)
            raise error_of(code, str(error)) from None
        raise


def report(name: str) -> ModuleType:
    """The module report.NAME, from beside the sources of this build.

    Raises UnsupportedError when it is not there, or when another module has its name.
    """
    folder = Path(report_parent) / "report"
    with _lock:
        package = sys.modules.get("report") or imported(folder)
    if str(folder) not in map(str, getattr(package, "__path__", ())):
        raise UnsupportedError(
            f"a module of another program is loaded as `report` ({package.__name__} of "
            f"{getattr(package, '__file__', None)}); rename that one")
    return importlib.import_module(f"report.{name}")


def imported(folder: Path) -> ModuleType:
    """The package, without its folder's neighbours on sys.path."""
    file = folder / "__init__.py"
    spec = importlib.util.spec_from_file_location(
        "report", file, submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None or not file.is_file():
        raise UnsupportedError(f"no {folder}; the sources that faultline was built from must stay "
                               "where they are")
    package = importlib.util.module_from_spec(spec)
    sys.modules["report"] = package
    try:
        spec.loader.exec_module(package)
    except BaseException:
        del sys.modules["report"]
        raise
    return package
