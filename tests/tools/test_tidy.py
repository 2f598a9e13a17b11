"""Each rule of tools/tidy.py fires on a bad sample and lets a good one pass."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import tidy
from tidy_rules import cpp
from tidy_rules.source import Source, list_files

LOCK = "\n".join(f"// {heading}\n//   text" for heading in cpp.HEADINGS) + "\n#pragma once\n"
# Words that tidy must not find in this file itself.
UNFINISHED = "TO" + "DO"
PRIVATE = "/ho" + "me/somebody/x"
DEBUG = 'std::cerr << "D' + 'BG"'


def long_cpp(lines: int) -> str:
    """A C++ function of `lines` lines, in a class, in a namespace."""
    body = "    step({1, 2});\n" * (lines - 2)
    return "namespace f {\nclass C {\n  void run(int a = 1) {\n" + body + "  }\n};\n}\n"


def long_python(lines: int) -> str:
    """A Python function of `lines` lines."""
    return "def run():\n" + "    step()\n" * (lines - 1)


# rule, path of the file, bad text, good text
SAMPLES = [
    ("include-rules", "lockimpls/a.hpp", '#include "mm/vma.hpp"\n',
     '#include "platform/platform.hpp"\n#include "lockimpls/lock.hpp"\n'),
    ("include-rules", "lockimpls/a.hpp", '#include "platform/native.hpp"\n', "#include <array>\n"),
    ("include-rules", "mm/a.hpp", '#include "workloads/w.hpp"\n',
     '#include "lockimpls/lock.hpp"\n#include "mm/vma.hpp"\n'),
    ("include-rules", "workloads/a.hpp", '#include "lockimpls/lock.hpp"\n',
     '#include "mm/vma.hpp"\n#include "lockimpls/yardstick.hpp"\n'),
    ("include-rules", "simulator/a.hpp", '#include "platform/platform.hpp"\n',
     '#include "simulator/queue.hpp"\n'),
    ("include-rules", "checker/a.cpp", '  #  include "mm/vma.hpp"\n', '// #include "mm/vma.hpp"\n'),
    ("include-rules", "platform/native.hpp", '#include "runner/cpus.hpp"\n',
     '#include "simulator/queue.hpp"\n'),
    ("root-includes", "runner/a.cpp", '#include "../mm/b.hpp"\n', '#include "mm/b.hpp"\n'),
    ("root-includes", "runner/a.cpp", '#include "near.hpp"\n', '#include "runner/near.hpp"\n'),
    ("root-includes", "runner/a.cpp", "#include <runner/near.hpp>\n", "#include <vector>\n"),
    ("portable-code", "lockimpls/a.hpp", "std::atomic<int> a;\n", "// not std::atomic<int>\n"),
    ("portable-code", "lockimpls/a.hpp", "std::atomic_thread_fence(x);\n", "P::fence(x);\n"),
    ("portable-code", "mm/a.hpp", "std::thread t;\n", "thread_count = 1;\n"),
    ("portable-code", "mm/a.hpp", "std::shared_mutex m;\n", 'say("std::mutex");\n'),
    ("portable-code", "workloads/a.hpp", "std::chrono::seconds s;\n", "P::now();\n"),
    ("portable-code", "workloads/a.hpp", "thread_local int i;\n", "/* thread_local */ int i;\n"),
    ("portable-code", "workloads/a.hpp", "#include <unistd.h>\n", "#include <cstdint>\n"),
    ("portable-code", "workloads/a.hpp", "return syscall(1);\n", "return my_syscall_count;\n"),
    ("load-orders", "lockimpls/a.hpp", "word_.load(std::memory_order_seq_cst);\n",
     "word_.load(acquire);\n"),
    ("load-orders", "lockimpls/a.hpp", "word->load( seq_cst );\n", "word->load(relaxed);\n"),
    ("load-orders", "mm/a.hpp", "x = words[1].load();\n", "tree.reload();\n"),
    ("lock-headings", "lockimpls/a.hpp", LOCK.replace("// Word\n//   text\n", ""), LOCK),
    ("lock-headings", "lockimpls/a.hpp", LOCK.replace("// Word\n//   text\n", "// Word\n"), LOCK),
    ("lock-headings", "lockimpls/a.hpp", "// Word\n//   text\n" + LOCK,
     LOCK.replace("// Transitions", "// Transitions (each row is one write)")),
    ("pragma-once", "mm/a.hpp", "int i;\n", "#pragma once\nint i;\n"),
    ("cpp-functions", "mm/a.hpp", long_cpp(71), long_cpp(70)),
    ("cpp-functions", "mm/a.cpp", "C::C() : a_{1}, b_(2) {\n" + "x();\n" * 69 + "}\n",
     "const int table[] = {\n" + "{1},\n" * 90 + "};\n"),
    ("cpp-functions", "tests/a.cpp", "TEST(A, B) {\n" + "x('{');\n" * 69 + "}\n",
     'const char* text = R"(\n' + "f() {\n" * 90 + ')";\n'),
    ("python-functions", "tools/a.py", long_python(71), long_python(70)),
    ("python-functions", "tools/a.py", "def f(:\n", "def f(): pass\n"),
    ("python-imports", "report/a.py", "import sklearn.svm\n",
     "import json\nimport numpy as np\nfrom report.load import f\nfrom . import load\n"),
    ("python-imports", "tools/a.py", "from numpy import array\n", "from pathlib import Path\n"),
    ("line-length", "mm/a.hpp", "x" * 101 + "\n", "x" * 100 + "\n"),
    ("file-length", "mm/a.hpp", "x\n" * 501, "x\n" * 500),
    ("tabs", "mm/a.hpp", "\tint i;\n", "  int i;\n"),
    ("trailing-blanks", "README.md", "text \n", "text\n"),
    ("newlines", "tools/a.py", "x = 1", "x = 1\n"),
    ("newlines", "tools/a.py", "x = 1\n\n", "x = 1\n"),
    ("newlines", "tools/a.py", "x = 1\r\n", "x = 1\n"),
    ("ascii-code", "tools/a.py", "# caf\u00e9\n", "# cafe\n"),
    ("leftovers", "docs/a.md", f"# A\n\n{UNFINISHED}: more\n", "# A\n\nmktemp XXXXXX\n"),
    ("debug-prints", "runner/a.cpp", DEBUG + ";\n", 'std::cerr << "error";\n'),
    ("private-paths", "docs/a.json", f'{{"argv": "{PRIVATE}"}}\n', '{"argv": "results/x"}\n'),
    ("private-paths", "tools/a.py", f"x = '{PRIVATE}'\n", "x = 'framework/home/x'\n"),
    ("markdown-title", "a.md", "text\n", "# A\n\n```\n# a comment\n```\n"),
    ("markdown-title", "a.md", "# A\n\n# B\n", "# A\n\n## B\n"),
    ("dead-links", "docs/a.md", "[x](../mm/gone.hpp)\n",
     "[x](../mm/b.hpp#L1) [y](https://example.org/z) [z](#here) `[w](no)`\n"),
    ("blob-size", "results/a.json", " " * ((1 << 20) + 1), " " * (1 << 20)),
]


def findings_in(root: Path, rule: str, path: str, text: str) -> list[str]:
    """Runs one rule over one file, with two headers beside it for includes and links."""
    for name, content in (("mm/b.hpp", ""), ("runner/near.hpp", ""), (path, text)):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode("utf-8"))
    return [str(finding) for finding in tidy.RULES[rule](Source(root, path))]


@pytest.mark.parametrize("rule, path, bad, good", SAMPLES,
                         ids=[f"{index}-{sample[0]}" for index, sample in enumerate(SAMPLES)])
def test_rule_finds_the_bad_and_not_the_good(tmp_path: Path, rule: str, path: str, bad: str,
                                             good: str) -> None:
    found = findings_in(tmp_path, rule, path, bad)
    assert len(found) == 1, found
    assert found[0].startswith(f"{path}:") and "; instead: " in found[0]
    assert findings_in(tmp_path, rule, path, good) == []


def test_a_script_must_be_executable(tmp_path: Path) -> None:
    file = tmp_path / "tools" / "go"
    file.parent.mkdir()
    file.write_text("#!/usr/bin/env bash\n", encoding="ascii")
    file.chmod(0o644)
    assert len(list(tidy.RULES["executables"](Source(tmp_path, "tools/go")))) == 1
    file.chmod(0o755)
    assert not list(tidy.RULES["executables"](Source(tmp_path, "tools/go")))


def test_every_rule_has_a_sample() -> None:
    assert {sample[0] for sample in SAMPLES} | {"executables"} == set(tidy.RULES)


def test_kernel_workloads_may_call_the_system(tmp_path: Path) -> None:
    assert findings_in(tmp_path, "portable-code", "workloads/kernel/a.hpp",
                       "#include <unistd.h>\n") == []


def test_functions_are_found_with_their_lines() -> None:
    text = """#include <x>
namespace f {
enum class E { a, b };
template <class T, int n = (3)>
requires(n > 2)
struct S : B<int> {
  S() : a_{1}, b_{f(2)} {
    if (x) {
    }
  }
  bool operator==(const S& other) const { return true; }
  int a_{1};
};
concept C = requires(T t) {
  t.x();
};
TEST(Suite, name) {
  run([&](int i) {
    return i;
  });
}
}
"""
    found = [(function.name, function.first, function.last) for function in cpp.functions(text)]
    assert ("S", 7, 10) in found
    assert ("TEST", 17, 21) in found
    assert [entry[1:] for entry in found] == [(7, 10), (11, 11), (17, 21)]


def test_files_come_from_git_and_leave_out_what_it_ignores(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name in ("kept.py", "ignored.log", "results/local/a.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x\n", encoding="ascii")
    (tmp_path / ".gitignore").write_text("*.log\n/results/local/\n", encoding="ascii")
    assert list_files(tmp_path) == [Path(".gitignore"), Path("kept.py")]


def test_files_without_git_leave_out_what_is_generated(tmp_path: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("mm/a.hpp", "build-test/a.hpp", "build/a.hpp", "results/local/a.json",
                 "results/one/a.json", "tools/__pycache__/a.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x\n", encoding="ascii")
    assert list_files(tmp_path) == [Path("mm/a.hpp"), Path("results/one/a.json")]


def run_tidy(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs the program itself."""
    return subprocess.run([sys.executable, str(ROOT / "tools/tidy.py"), *arguments], text=True,
                          capture_output=True, check=False, env={**os.environ, **env})


def test_program_lists_and_runs_single_rules(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("no title \n", encoding="ascii")
    listed = run_tidy("--list")
    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(tidy.RULES)
    one = run_tidy("--root", str(tmp_path), "--rule", "markdown-title")
    assert one.returncode == 1
    assert one.stdout.splitlines()[0] == "a.md:1: no title; instead: begin with a line '# Title'"
    assert "blank at the end" not in one.stdout
    assert run_tidy("--root", str(tmp_path)).returncode == 1
    (tmp_path / "a.md").write_text("# Title\n", encoding="ascii")
    assert run_tidy("--root", str(tmp_path)).returncode == 0


def test_program_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    unknown = run_tidy("--rule", "nonsense")
    assert unknown.returncode == 2 and "no rule is named 'nonsense'" in unknown.stderr
    assert run_tidy("-O2").returncode == 2
    empty = run_tidy("--root", str(tmp_path))
    assert empty.returncode == 1 and "no file" in empty.stdout


def test_headers_must_compile_alone(tmp_path: Path) -> None:
    (tmp_path / "mm").mkdir()
    header = tmp_path / "mm" / "a.hpp"
    header.write_text("#pragma once\n#include <cstdint>\ninline uint32_t f() { return 1; }\n",
                      encoding="ascii")
    flags = ["--headers", "--root", str(tmp_path), "--", "-std=c++20", "-Wall", "-Werror"]
    good = run_tidy(*flags, CXX="g++")
    assert good.returncode == 0 and "1 headers compiled alone, 0 failed" in good.stdout
    header.write_text("#pragma once\ninline std::string f() { return {}; }\n", encoding="ascii")
    bad = run_tidy(*flags, CXX="g++")
    assert bad.returncode == 1
    assert "mm/a.hpp:1: does not compile alone" in bad.stdout and "error" in bad.stdout
