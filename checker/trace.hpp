// trace.hpp: what one execution did, row by row, for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checker/event.hpp"
#include "checker/failure.hpp"
#include "checker/order.hpp"
#include "checker/where.hpp"

namespace faultline::checker {

struct Row {
  unsigned thread = 0;
  Kind kind = Kind::note;
  const char* action = "";  // load, store, add, compare-exchange, ...
  const void* address = nullptr;
  unsigned bytes = 0;
  bool reads = false;
  bool writes = false;
  std::uint64_t before = 0;  // what it read
  std::uint64_t after = 0;   // what it wrote
  Mo order = Mo::relaxed;
  std::uint32_t reads_from = 0;  // the row that wrote it, from 1 on; 0: the setup
  bool stale = false;            // a newer value was there
  bool early = false;            // its write went in before newer ones
  Where where;
  std::string note;
};

}  // namespace faultline::checker
