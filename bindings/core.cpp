// core.cpp: what Python asks the runner's library itself: what there is, and machine profiles.
//
// Only what is quick and changes nothing is here. Sessions are processes of their own: see
// README.md beside this file.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <exception>
#include <string>
#include <vector>

#include "runner/build_info.hpp"
#include "runner/commit.hpp"
#include "runner/data_folder.hpp"
#include "runner/errors.hpp"
#include "runner/list.hpp"
#include "runner/sim_plan.hpp"

namespace py = pybind11;

namespace {

// A path in a message may be no UTF-8.
py::object text_of(const std::string& message) {
  return py::reinterpret_steal<py::object>(PyUnicode_DecodeUTF8(
      message.data(), static_cast<Py_ssize_t>(message.size()), "backslashreplace"));
}

// As the exception of its exit code.
void raise_in_python(const faultline::Failure& failure) {
  const py::object error = py::module_::import("faultline.errors")
                               .attr("error_of")(failure.exit_code(), text_of(failure.what()));
  PyErr_SetObject(py::type::of(error).ptr(), error.ptr());
}

// The profile of a name, or of the path of a file, with TABLE.KEY=VALUE replaced, as TOML.
std::string machine_text(const std::string& machine, const std::vector<std::string>& set) {
  return faultline::simulator::machine_text(faultline::find_machine(machine, set));
}

// A profile that is no file yet, checked and written in the usual order.
std::string checked_machine_text(const std::string& text) {
  try {
    return faultline::simulator::machine_text(faultline::simulator::parse_machine(text, "machine"));
  } catch (const faultline::simulator::MachineError& error) {
    throw faultline::Failure(faultline::exit_code::usage, error.what());
  }
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  module.doc() = "What the C++ side of faultline knows.";
  module.attr("version") = faultline::build_info::version;
  module.attr("commit") = faultline::build_info::commit;
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const faultline::Failure& failure) {
      raise_in_python(failure);
    }
  });
  const py::call_guard<py::gil_scoped_release> without_gil;
  const py::object build = py::module_::import("faultline.build");
  faultline::set_data_folder(build.attr("data_folder").cast<std::string>());
  module.def("list_json", &faultline::list_json, py::arg("kind"), without_gil);
  module.def("machine_text", &machine_text, py::arg("machine"), py::arg("set"), without_gil);
  module.def("checked_machine_text", &checked_machine_text, py::arg("text"), without_gil);
}
