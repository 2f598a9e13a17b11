// kernel.cpp: release, command line, build configuration and mitigations of the running kernel.
#include "runner/kernel.hpp"

#include <sys/utsname.h>
#include <zlib.h>
#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "runner/kernel/identity.hpp"
#include "runner/sha256.hpp"
#include "runner/sysfs.hpp"

namespace faultline {

namespace {

using Json = nlohmann::ordered_json;

// zlib reads what is not compressed as it is, so that this serves every place of the configuration.
std::optional<std::string> read_gzip(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rbe");
  if (file == nullptr) return std::nullopt;
  std::string text;
  std::array<char, 16384> block{};
  int got = 0;
  while ((got = gzread(file, block.data(), static_cast<unsigned>(block.size()))) > 0) {
    text.append(block.data(), static_cast<size_t>(got));
  }
  // A truncated stream shows only when it is closed.
  const bool whole = gzclose(file) == Z_OK && got == 0;
  return whole ? std::optional(text) : std::nullopt;
}

// The kernel's own copy first: a file below /boot may belong to another build of this release.
std::optional<std::string> read_config(const std::string& root, const std::string& release) {
  const std::string boot = "/boot/config-" + release;
  const std::string modules = "/lib/modules/" + release + "/config";
  for (const std::string_view place :
       {std::string_view("/proc/config.gz"), std::string_view(boot), std::string_view(modules)}) {
    std::string path = root;
    path += place;
    std::optional<std::string> text = read_gzip(path);
    if (text && text->find("CONFIG_") != std::string::npos) return text;
  }
  return std::nullopt;
}

// The value of CONFIG_<name>; nothing when it is not set.
std::optional<std::string_view> config_value(std::string_view config, std::string_view name) {
  for (const std::string_view line : split(config, '\n')) {
    constexpr std::string_view prefix = "CONFIG_";
    if (!line.starts_with(prefix)) continue;
    const std::string_view setting = line.substr(prefix.size());
    if (setting.starts_with(name) && setting.substr(name.size()).starts_with('=')) {
      return setting.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

struct PreemptModel {
  const char* option;
  const char* name;
};

// In this order: DYNAMIC is set beside the model that a boot starts with, RT beside DYNAMIC.
constexpr std::array preempt_models{
    PreemptModel{.option = "PREEMPT_RT", .name = "rt"},
    PreemptModel{.option = "PREEMPT_DYNAMIC", .name = "dynamic"},
    PreemptModel{.option = "PREEMPT", .name = "full"},
    PreemptModel{.option = "PREEMPT_LAZY", .name = "lazy"},
    PreemptModel{.option = "PREEMPT_VOLUNTARY", .name = "voluntary"},
    PreemptModel{.option = "PREEMPT_NONE", .name = "none"},
};

Json config_json(const std::optional<std::string>& config) {
  Json json = {{"PREEMPT", nullptr}, {"HZ", nullptr}};
  for (const char* option : {"PER_VMA_LOCK", "PARAVIRT_SPINLOCKS", "LOCKDEP", "DEBUG_SPINLOCK"}) {
    json[option] = config ? Json(config_value(*config, option) == "y") : Json(nullptr);
  }
  if (!config) return json;
  for (const PreemptModel& model : preempt_models) {
    if (config_value(*config, model.option) != "y") continue;
    json["PREEMPT"] = model.name;
    break;
  }
  const std::optional<std::string_view> hz = config_value(*config, "HZ");
  if (hz) json["HZ"] = or_null<Json>(parse_integer(*hz));
  return json;
}

Json mitigations_json(const std::string& root) {
  const std::string directory = root + "/sys/devices/system/cpu/vulnerabilities/";
  const std::vector<std::string> names = list_directory(directory);
  if (names.empty()) return nullptr;
  Json json = Json::object();
  std::string path;
  for (const std::string& name : names) {
    path = directory;
    path += name;
    json[name] = or_null<Json>(read_line(path));
  }
  return json;
}

Json libc_json() {
#if defined(__GLIBC__)
  return std::string("glibc ") + gnu_get_libc_version();
#else
  return nullptr;
#endif
}

// The command line without what says nothing of locks but much of the host: arguments of init, and
// which disk or program it boots from. Results are made to be mailed.
Json cmdline_json(const std::string& root) {
  const std::optional<std::string> line = read_line(root + "/proc/cmdline");
  if (!line) return nullptr;
  std::string kept;
  for (const std::string_view word : split(*line, ' ')) {
    if (word == "--") break;
    const std::string_view name = word.substr(0, word.find('='));
    const bool private_word = name == "root" || name == "init" || name == "rdinit" ||
                              name == "BOOT_IMAGE" || name == "resume" || name == "initrd";
    if (word.empty() || private_word) continue;
    kept.append(kept.empty() ? "" : " ").append(word);
  }
  return kept;
}

Json vma_lock_json(const std::string& root, const std::string& release,
                   const std::optional<std::string>& config) {
  kernel::KernelFacts facts{release, std::nullopt, false};
  if (config) facts.per_vma_lock = config_value(*config, "PER_VMA_LOCK") == "y";
  const std::optional<std::string> vmstat = read_text(root + "/proc/vmstat");
  facts.vmstat_counts = vmstat && vmstat->find("vma_lock_") != std::string::npos;
  const kernel::VmaLock lock = kernel::vma_lock_of(facts);
  return {{"generation", lock.generation}, {"decided_by", lock.decided_by}};
}

// Transparent huge pages: null where the kernel has none.
Json thp_json(const std::string& root) {
  Json json = Json::object();
  for (const char* name : {"enabled", "defrag", "shmem_enabled"}) {
    const std::optional<std::string> line =
        read_line(root + "/sys/kernel/mm/transparent_hugepage/" + name);
    json[name] = line ? Json(kernel::chosen_word(*line)) : Json(nullptr);
  }
  return json;
}

}  // namespace

nlohmann::ordered_json kernel_json(const std::string& root) {
  utsname names{};
  const bool named = uname(&names) == 0;
  const std::optional<std::string> config = read_config(root, names.release);
  Json kernel;
  kernel["release"] = named ? Json(printable_ascii(names.release)) : Json(nullptr);
  kernel["version"] = named ? Json(printable_ascii(names.version)) : Json(nullptr);
  kernel["cmdline"] = cmdline_json(root);
  kernel["config_sha256"] = config ? Json(sha256_hex(*config)) : Json(nullptr);
  kernel["config"] = config_json(config);
  kernel["vma_lock"] = vma_lock_json(root, names.release, config);
  kernel["thp"] = thp_json(root);
  kernel["mitigations"] = mitigations_json(root);
  kernel["taint"] = or_null<Json>(read_integer(root + "/proc/sys/kernel/tainted"));
  kernel["clocksource"] = or_null<Json>(
      read_line(root + "/sys/devices/system/clocksource/clocksource0/current_clocksource"));
  kernel["libc"] = libc_json();
  return kernel;
}

}  // namespace faultline
