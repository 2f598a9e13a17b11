// schedule.hpp: an execution as a line of text that repeats it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checker/strategy.hpp"
#include "checker/trace.hpp"

namespace faultline::checker {

// "0x12,1,v2,1x3": thread 0 makes twelve steps, thread 1 one, possibility 2 of a choice is taken,
// thread 1 makes three. Trailing ordinary choices are kept: they are part of what is repeated.
std::string encode(const Decisions& decisions);
std::optional<Decisions> decode(std::string_view text);

// A hash of who did what where. The same string in another build does something else, which is
// recognised by it.
std::uint32_t fingerprint(const std::vector<Row>& rows);

struct ReplayString {
  std::string design;
  std::string placement;
  std::string scenario;
  unsigned threads = 0;
  bool pruned = true;  // Rules::prune_stale: says what was there to choose from
  std::uint32_t fingerprint = 0;
  Decisions decisions;
};

// fl1:DESIGN:PLACEMENT:SCENARIO:THREADS:p or n:FINGERPRINT:DECISIONS
std::string format(const ReplayString& replay);
// Returns what is wrong with the text, with the cure; "" when nothing is.
std::string parse(const std::string& text, ReplayString& replay);

}  // namespace faultline::checker
