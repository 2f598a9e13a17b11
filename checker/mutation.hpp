// mutation.hpp: changing one operation of the source while it runs: another memory order, or left
// out. An operation is known by its place in the source, so nothing is compiled again.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "checker/event.hpp"
#include "checker/order.hpp"
#include "checker/where.hpp"

namespace faultline::checker {

// A path from the project's root, whatever folder the compiler was started in.
inline const char* short_path(const char* file) {
  for (const char* folder :
       {"lockimpls/", "mm/", "checker/", "platform/", "tests/", "workloads/"}) {
    const char* found = nullptr;
    for (const char* at = file; (at = std::strstr(at, folder)) != nullptr; ++at) {
      if (at == file || at[-1] == '/') found = found == nullptr ? at : found;
    }
    if (found != nullptr) return found;
  }
  return file;
}

struct Place {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;  // 0: every operation of the line

  bool is(const Where& where) const {
    return where.line() == line && (column == 0 || where.column() == column) &&
           file == short_path(where.file_name());
  }
};

struct Mutation {
  Place place;
  bool drop = false;  // leave it out; of free_rcu(): its grace period
  Mo order = Mo::relaxed;
};

using Mutations = std::vector<Mutation>;

// An operation that was executed, for tools that want to know what there is to change.
struct Surveyed {
  Place place;
  std::string function;
  Kind kind;
  std::string action;
  Mo order;
};

class Survey {
 public:
  void see(const Where& where, Kind kind, const char* action, Mo order) {
    for (const Surveyed& one : seen_) {
      if (one.place.is(where)) return;
    }
    seen_.push_back({{short_path(where.file_name()), where.line(), where.column()},
                     where.function_name(),
                     kind,
                     action,
                     order});
  }
  const std::vector<Surveyed>& all() const { return seen_; }

 private:
  std::vector<Surveyed> seen_;
};

}  // namespace faultline::checker
