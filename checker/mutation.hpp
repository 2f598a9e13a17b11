// mutation.hpp: changing one operation of the source while it runs: another memory order, or left
// out. An operation is known by its place in the source, so nothing is compiled again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checker/event.hpp"
#include "checker/order.hpp"
#include "checker/where.hpp"

namespace faultline::checker {

// A path from the project's root, whatever folder the compiler was started in: it wrote the same in
// front of the path of this file.
inline const char* short_path(const char* file) {
  constexpr std::string_view here = __FILE__;
  constexpr std::string_view root = here.substr(0, here.rfind("checker/mutation.hpp"));
  return std::string_view(file).starts_with(root) ? file + root.size() : file;
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
  Kind kind = Kind::note;
  std::string action;
  Mo order = Mo::relaxed;
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
