// params.cpp: parsing of --set.
#include "runner/params.hpp"

#include <fmt/format.h>

#include <charconv>
#include <set>

#include "runner/errors.hpp"
#include "runner/near_names.hpp"

namespace faultline {

namespace {

struct Setting {
  std::string name;
  std::string text;
};

Setting split(const std::string& set) {
  const std::size_t at = set.find('=');
  if (at == std::string::npos || at == 0) {
    throw Failure(exit_code::usage,
                  fmt::format("--set: '{}' is not NAME=VALUE; `faultline list workloads --long` "
                              "shows names and units",
                              set));
  }
  return {set.substr(0, at), set.substr(at + 1)};
}

std::uint64_t parse_value(const Param& param, const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < param.least ||
      value > param.most) {
    throw Failure(exit_code::usage,
                  fmt::format("--set {}: '{}' is not a whole number of {} from {} to {}",
                              param.name, text, param.unit, param.least, param.most));
  }
  return value;
}

}  // namespace

ParamValues workload_params(const WorkloadInfo& info, const std::vector<std::string>& set) {
  ParamValues values;
  for (const Param& param : info.params) values[param.name] = param.value;
  for (const std::string& one : set) {
    const Setting setting = split(one);
    for (const Param& param : info.params) {
      if (setting.name == param.name) values[param.name] = parse_value(param, setting.text);
    }
  }
  return values;
}

void check_params(const std::vector<const WorkloadInfo*>& workloads,
                  const std::vector<std::string>& set) {
  std::set<std::string> known;
  for (const WorkloadInfo* info : workloads) {
    for (const Param& param : info->params) known.insert(param.name);
  }
  for (const std::string& one : set) {
    const Setting setting = split(one);
    if (known.empty()) {
      throw Failure(exit_code::usage,
                    "--set " + setting.name + ": these workloads have no parameters; leave it out");
    }
    if (known.count(setting.name) == 0) {
      throw Failure(exit_code::usage,
                    "--set: " + unknown_name("parameter of these workloads", setting.name,
                                             {known.begin(), known.end()}));
    }
  }
}

}  // namespace faultline
