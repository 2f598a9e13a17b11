// outcome.hpp: what became of a mutant.
#pragma once

#include <cstdint>
#include <string>

namespace faultline::gate {

struct Outcome {
  bool ran = false;
  bool killed = false;
  std::string by;  // a checker::Failure, "endless", "setup", "crash" or "hang"
  std::string scenario;
  std::string design;
  std::string placement;
  unsigned threads = 0;
  std::uint64_t executions = 0;  // of that scenario, up to the one that failed; if none: of all
  unsigned cells = 0;            // scenarios that were tried
  unsigned complete = 0;         // and explored to the end
  std::string note;              // what the checker said
};

}  // namespace faultline::gate
