// environment.cpp: clocks, scheduling, memory and load settings, and what they mean for a result.
#include "runner/environment.hpp"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>

#include "runner/cpus.hpp"
#include "runner/sysfs.hpp"

namespace faultline {

namespace {

using Json = nlohmann::ordered_json;

std::string joined(std::string_view a, std::string_view b, std::string_view c = "") {
  std::string text(a);
  text += b;
  text += c;
  return text;
}

// What all cpufreq policies say, or "mixed".
std::optional<std::string> cpufreq_value(const std::string& root, std::string_view file) {
  const std::string directory = root + "/sys/devices/system/cpu/cpufreq/";
  std::optional<std::string> common;
  for (const std::string& policy : list_directory(directory)) {
    if (!policy.starts_with("policy")) continue;
    const std::optional<std::string> value = read_line(joined(directory, policy, file));
    if (!value) continue;
    if (common && *common != *value) return "mixed";
    common = value;
  }
  return common;
}

std::optional<bool> boost(const std::string& root) {
  const std::string cpu = root + "/sys/devices/system/cpu/";
  const std::optional<int64_t> no_turbo = read_integer(cpu + "intel_pstate/no_turbo");
  if (no_turbo) return *no_turbo == 0;
  const std::optional<int64_t> on = read_integer(cpu + "cpufreq/boost");
  return on ? std::optional(*on != 0) : std::nullopt;
}

// The choice in "always [madvise] never".
std::optional<std::string> bracketed(const std::optional<std::string>& line) {
  if (!line) return std::nullopt;
  const size_t open = line->find('[');
  const size_t close = line->find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  return line->substr(open + 1, close - open - 1);
}

// The value of "name=value" on the kernel's command line.
std::optional<std::string> boot_option(std::string_view cmdline, std::string_view name) {
  for (const std::string_view word : split(cmdline, ' ')) {
    if (word.starts_with(name) && word.substr(name.size()).starts_with('=')) {
      return std::string(word.substr(name.size() + 1));
    }
  }
  return std::nullopt;
}

// CPUs set apart at boot: the kernel's own list, else the command line, where absent means none.
std::optional<std::string> boot_cpus(const std::string& root, std::string_view file,
                                     std::string_view option) {
  const std::optional<std::string> list = read_line(joined(root, "/sys/devices/system/cpu/", file));
  // Kernels up to 5.x print an unset mask as (null).
  if (list) return list->starts_with('(') ? "" : *list;
  const std::optional<std::string> cmdline = read_line(root + "/proc/cmdline");
  if (!cmdline) return std::nullopt;
  return boot_option(*cmdline, option).value_or("");
}

// Absent is unknown, and not none: the kernel can be built to offload all, and nohz_full implies
// it.
std::optional<std::string> rcu_nocbs(const std::string& root) {
  const std::optional<std::string> cmdline = read_line(root + "/proc/cmdline");
  return cmdline ? boot_option(*cmdline, "rcu_nocbs") : std::nullopt;
}

std::optional<bool> process_runs(const std::string& root, std::string_view name) {
  bool any = false;
  for (const std::string& entry : list_directory(root + "/proc")) {
    if (!parse_count(entry)) continue;
    const std::optional<std::string> comm = read_line(joined(root + "/proc/", entry, "/comm"));
    if (!comm) continue;
    if (*comm == name) return true;
    any = true;
  }
  return any ? std::optional(false) : std::nullopt;
}

// Our cgroup for CPU time and those above it, the innermost first.
struct CpuCgroup {
  bool v1 = false;
  std::vector<std::string> directories;
};

std::optional<CpuCgroup> cpu_cgroup(const std::string& root) {
  const std::optional<std::string> lines = read_text(root + "/proc/self/cgroup");
  if (!lines) return std::nullopt;
  CpuCgroup group;
  std::string mount;
  std::string_view path;
  for (const std::string_view line : split(*lines, '\n')) {
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    if (controllers.empty() && !group.v1) {
      mount = root + "/sys/fs/cgroup";
      // Where v1 hierarchies are mounted too, v2 has a place beside them.
      if (!read_text(mount + "/cgroup.controllers")) mount += "/unified";
      path = line.substr(second + 1);
    }
    for (const std::string_view controller : split(controllers, ',')) {
      if (controller != "cpu") continue;
      group.v1 = true;
      mount = joined(root, "/sys/fs/cgroup/", controllers);
      if (list_directory(mount).empty()) mount = root + "/sys/fs/cgroup/cpu";
      path = line.substr(second + 1);
    }
  }
  if (mount.empty() || list_directory(mount).empty()) return std::nullopt;
  while (path.size() > 1) {
    group.directories.push_back(joined(mount, path));
    path = path.substr(0, path.rfind('/'));
  }
  group.directories.push_back(mount);
  return group;
}

// "max" or "<quota> <period>" in microseconds, as cpu.max of cgroup v2 has it.
std::optional<std::string> directory_quota(const std::string& directory, bool v1) {
  if (!v1) return read_line(directory + "/cpu.max");
  const std::optional<int64_t> quota = read_integer(directory + "/cpu.cfs_quota_us");
  const std::optional<int64_t> period = read_integer(directory + "/cpu.cfs_period_us");
  if (!quota || !period) return std::nullopt;
  if (*quota < 0) return "max";
  return std::to_string(*quota) + ' ' + std::to_string(*period);
}

// In CPUs; nothing when not limited.
std::optional<double> quota_cpus(std::string_view quota) {
  const std::vector<std::string_view> words = split(quota, ' ');
  if (words.size() != 2) return std::nullopt;
  const std::optional<double> time = parse_number(words[0]);
  const std::optional<double> period = parse_number(words[1]);
  if (!time || !period || *period <= 0) return std::nullopt;
  return *time / *period;
}

// The tightest quota on the way up; a group without the file, as the root is, sets none.
std::optional<std::string> cgroup_cpu_max(const std::string& root) {
  const std::optional<CpuCgroup> group = cpu_cgroup(root);
  if (!group) return std::nullopt;
  std::string tightest = "max";
  std::optional<double> fewest;
  for (const std::string& directory : group->directories) {
    const std::optional<std::string> quota = directory_quota(directory, group->v1);
    const std::optional<double> cpus = quota ? quota_cpus(*quota) : std::nullopt;
    if (!cpus || (fewest && *fewest <= *cpus)) continue;
    fewest = cpus;
    tightest = *quota;
  }
  return tightest;
}

// Sensors of the processor; thermal zones, which may be of anything, only where there are none.
std::vector<double> temperatures(const std::string& root) {
  std::vector<double> celsius;
  const auto add = [&celsius](const std::string& path) {
    const std::optional<int64_t> millidegrees = read_integer(path);
    if (millidegrees) celsius.push_back(static_cast<double>(*millidegrees) / 1000);
  };
  const std::string hwmon = root + "/sys/class/hwmon/";
  for (const std::string& device : list_directory(hwmon)) {
    const std::string name = read_line(joined(hwmon, device, "/name")).value_or("");
    if (name != "coretemp" && name != "k10temp" && name != "zenpower" && name != "cpu_thermal") {
      continue;
    }
    const std::string directory = joined(hwmon, device, "/");
    for (const std::string& file : list_directory(directory)) {
      if (file.starts_with("temp") && file.ends_with("_input")) add(directory + file);
    }
  }
  if (!celsius.empty()) return celsius;
  const std::string thermal = root + "/sys/class/thermal/";
  for (const std::string& zone : list_directory(thermal)) {
    if (zone.starts_with("thermal_zone")) add(joined(thermal, zone, "/temp"));
  }
  return celsius;
}

// Of each CPU from /proc/cpuinfo; of each frequency domain where that has none (arm64).
std::vector<double> clock_mhz(const std::string& root) {
  std::vector<double> mhz;
  const std::string cpuinfo = read_text(root + "/proc/cpuinfo").value_or("");
  for (const std::string_view line : split(cpuinfo, '\n')) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || trim(line.substr(0, colon)) != "cpu MHz") continue;
    const std::optional<double> value = parse_number(trim(line.substr(colon + 1)));
    if (value) mhz.push_back(*value);
  }
  if (!mhz.empty()) return mhz;
  const std::string cpufreq = root + "/sys/devices/system/cpu/cpufreq/";
  for (const std::string& policy : list_directory(cpufreq)) {
    const std::optional<int64_t> khz = read_integer(joined(cpufreq, policy, "/scaling_cur_freq"));
    if (khz) mhz.push_back(static_cast<double>(*khz) / 1000);
  }
  return mhz;
}

// The load of one minute and the tasks runnable now, in "0.25 0.20 0.10 1/85 4886".
void add_load(Json& env, const std::string& root) {
  const std::string line = read_line(root + "/proc/loadavg").value_or("");
  const std::vector<std::string_view> words = split(line, ' ');
  env["load1"] = or_null<Json>(parse_number(words[0]));
  env["runnable"] = words.size() > 3
                        ? or_null<Json>(parse_count(words[3].substr(0, words[3].find('/'))))
                        : Json(nullptr);
}

std::optional<double> uptime(const std::string& root) {
  const std::string line = read_line(root + "/proc/uptime").value_or("");
  return parse_number(line.substr(0, line.find(' ')));
}

// Null for an absent key too: a part of a result may come from a file of another version.
const Json& at(const Json& object, const char* key) {
  static const Json null;
  const auto entry = object.find(key);
  return entry != object.end() ? *entry : null;
}

std::optional<double> number(const Json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::string text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : "";
}

std::string two_decimals(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.2f", value);
  return buffer.data();
}

void add_unfit_reasons(std::vector<std::string>& reasons, const Json& before, const Json& machine,
                       const Json& kernel) {
  const std::optional<double> quota = quota_cpus(text(at(before, "cgroup_cpu_max")));
  if (quota && *quota < 1) {
    reasons.push_back("cgroup quota of " + two_decimals(*quota) + " CPU, below one");
  }
  const std::optional<double> load = number(at(before, "load1"));
  const std::optional<double> threads = number(at(at(machine, "cpu"), "threads"));
  if (load && threads && *load > *threads) {
    reasons.push_back("load " + two_decimals(*load) + " before the session, above the CPU threads");
  }
  const Json& lockdep = at(at(kernel, "config"), "LOCKDEP");
  if (lockdep.is_boolean() && lockdep.get<bool>()) reasons.emplace_back("kernel with LOCKDEP");
}

void add_degraded_reasons(std::vector<std::string>& reasons, const Json& before, const Json& after,
                          const Json& machine) {
  const Json& hypervisor = at(machine, "hypervisor");
  if (!hypervisor.is_null()) reasons.push_back("virtual machine (" + text(hypervisor) + ")");

  const std::optional<double> quota = quota_cpus(text(at(before, "cgroup_cpu_max")));
  const auto cpus = parse_cpu_list(text(at(before, "cpuset")));
  if (quota && *quota >= 1 && cpus && *quota < static_cast<double>(cpus->size())) {
    reasons.push_back("cgroup quota of " + two_decimals(*quota) + " CPUs, below the " +
                      std::to_string(cpus->size()) + " of the cpuset");
  }
  // Only what was stolen between the two: the count since boot tells of other times.
  const std::optional<double> stolen_before = number(at(before, "steal_ticks"));
  const std::optional<double> stolen_after = number(at(after, "steal_ticks"));
  if (stolen_before && stolen_after && *stolen_after > *stolen_before) {
    const auto ticks = static_cast<int64_t>(*stolen_after - *stolen_before);
    reasons.push_back("steal during the session (" + std::to_string(ticks) + " ticks)");
  }
  const std::string governor = text(at(before, "governor"));
  if (governor.empty()) {
    reasons.emplace_back("governor unknown");
  } else if (governor != "performance") {
    reasons.push_back("governor " + governor);
  }
  const Json& boosting = at(before, "boost");
  if (!boosting.is_boolean()) {
    reasons.emplace_back("boost unknown");
  } else if (boosting.get<bool>()) {
    reasons.emplace_back("boost on");
  }
  if (text(at(before, "thp")) == "always") {
    reasons.emplace_back("transparent huge pages always");
  }
}

}  // namespace

nlohmann::ordered_json environment_json(const std::string& root) {
  const std::string cpu = root + "/sys/devices/system/cpu/";
  const std::string sysctl = root + "/proc/sys/kernel/";
  Json env;
  env["governor"] = or_null<Json>(cpufreq_value(root, "/scaling_governor"));
  env["driver"] = or_null<Json>(cpufreq_value(root, "/scaling_driver"));
  env["boost"] = or_null<Json>(boost(root));
  env["smt"] = or_null<Json>(read_line(cpu + "smt/control"));
  env["aslr"] = or_null<Json>(read_integer(sysctl + "randomize_va_space"));
  env["thp"] =
      or_null<Json>(bracketed(read_line(root + "/sys/kernel/mm/transparent_hugepage/enabled")));
  env["numa_balancing"] = or_null<Json>(read_integer(sysctl + "numa_balancing"));
  env["isolated"] = or_null<Json>(boot_cpus(root, "isolated", "isolcpus"));
  env["nohz_full"] = or_null<Json>(boot_cpus(root, "nohz_full", "nohz_full"));
  env["rcu_nocbs"] = or_null<Json>(rcu_nocbs(root));
  env["irqbalance"] = or_null<Json>(process_runs(root, "irqbalance"));
  env["cgroup_cpu_max"] = or_null<Json>(cgroup_cpu_max(root));
  env["cpuset"] = cpu_list_text(allowed_cpus());
  add_load(env, root);
  env["steal_ticks"] = or_null<Json>(read_steal_ticks(root));
  env["temp_c"] = temperatures(root);
  env["mhz"] = clock_mhz(root);
  env["uptime_s"] = or_null<Json>(uptime(root));
  return env;
}

EnvironmentClass environment_class(const nlohmann::ordered_json& env,
                                   const nlohmann::ordered_json& machine,
                                   const nlohmann::ordered_json& kernel) {
  const Json& before = at(env, "before");
  EnvironmentClass result;
  add_unfit_reasons(result.reasons, before, machine, kernel);
  const bool unfit = !result.reasons.empty();
  add_degraded_reasons(result.reasons, before, at(env, "after"), machine);
  result.name = unfit ? "unfit" : result.reasons.empty() ? "fit" : "degraded";
  return result;
}

std::optional<uint64_t> read_steal_ticks(const std::string& root) {
  // "cpu  user nice system idle iowait irq softirq steal ..."; two blanks after the first word.
  constexpr size_t steal_word = 9;
  const std::string line = read_line(root + "/proc/stat").value_or("");
  const std::vector<std::string_view> words = split(line, ' ');
  if (words[0] != "cpu" || words.size() <= steal_word) return std::nullopt;
  const std::optional<int64_t> ticks = parse_count(words[steal_word]);
  return ticks ? std::optional(static_cast<uint64_t>(*ticks)) : std::nullopt;
}

std::optional<uint64_t> read_throttle_count(const std::string& root) {
  std::optional<uint64_t> total;
  const auto add = [&total](const std::optional<int64_t>& count) {
    if (count && *count >= 0) total = total.value_or(0) + static_cast<uint64_t>(*count);
  };
  if (const std::optional<CpuCgroup> group = cpu_cgroup(root)) {
    for (const std::string& directory : group->directories) {
      const std::string stat = read_text(directory + "/cpu.stat").value_or("");
      for (const std::string_view line : split(stat, '\n')) {
        constexpr std::string_view key = "nr_throttled ";
        if (line.starts_with(key)) add(parse_count(line.substr(key.size())));
      }
    }
  }
  const std::string cpus = root + "/sys/devices/system/cpu/";
  for (const std::string& cpu : list_directory(cpus)) {
    if (!cpu.starts_with("cpu")) continue;
    add(read_integer(joined(cpus, cpu, "/thermal_throttle/core_throttle_count")));
  }
  return total;
}

}  // namespace faultline
