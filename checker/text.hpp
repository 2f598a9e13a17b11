// text.hpp: a counterexample as text: a column for each thread, a row for each event.
#pragma once

#include <string>
#include <vector>

#include "checker/explore.hpp"

namespace faultline::checker {

// A row of the table: what the thread did, in words.
struct Told {
  std::size_t number = 0;  // of the row, from 1 on
  unsigned thread = 0;
  std::string action;
  std::size_t reads_from = 0;  // 0: the setup, or nothing
  std::string place;           // file:line
};

// The rows that belong to the story: every step, and of the plain accesses those to the variable of
// the last one.
std::vector<Told> tell(const Counterexample& found);
// "lost_wakeup: T0 sleeps for ever (...)", the preemptions, the missing order.
std::vector<std::string> headline(const Counterexample& found);
std::string as_text(const Counterexample& found, unsigned threads);

}  // namespace faultline::checker
