// names.hpp: what the words of a trace are called in the source.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "checker/trace.hpp"

namespace faultline::checker {

// Where the source lies, so that names can be read from it. Without it, or when a file is not
// there, words are called word#1, word#2, ...
void set_source_root(const std::string& folder);

// The member that a source line, or the wait that begins there, works on; empty when unknown.
std::string field_at(const std::string& path, unsigned line);

// The names of the words and variables of a trace: that of the member in the source line that
// touched it first, numbered when several words have the same one.
class Names {
 public:
  explicit Names(const std::vector<Row>& rows);

  std::string of(const void* address) const;
  // A value as a person would write it: small numbers as they are, addresses by a name.
  std::string value(std::uint64_t value) const;

 private:
  std::map<const void*, std::string> names_;
  std::map<std::uint64_t, std::string> pointers_;
};

}  // namespace faultline::checker
