// flag_left_by_killed_writer.hpp: a writer that is killed while it waits keeps readers out for
// ever.
//
// Source
//   The first version of vma_start_write_killable(), 2025: the error path left the exclude-readers
//   bit in the count; faf3c923523e, "fix vma_start_write_killable() signal handling".
#pragma once

#include "tests/mutants/mutant.hpp"

namespace faultline::mutants {

struct FlagLeftByKilledWriter {
  static constexpr const char* name = "flag_left_by_killed_writer";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::leaked_exclusion;

  struct Broken : Checked {};
  using Mutant = scenarios::KillableWriter<VmaRefcount<Broken>>;
  using Fixed = scenarios::KillableWriter<VmaRefcount<Checked>>;
};

}  // namespace faultline::mutants

namespace faultline {

template <>
inline Excluded VmaRefcount<mutants::FlagLeftByKilledWriter::Broken>::exclude_readers_killable(
    MmPart& mm) {
  if (!close()) return Excluded::detached;
  if (mm.wait_killable(wait_site, refcnt_, only_writer)) return Excluded::yes;
  return Excluded::interrupted;  // without admit_readers()
}

}  // namespace faultline
