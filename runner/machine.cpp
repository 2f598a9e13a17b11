// machine.cpp: processor, caches, memory and hypervisor.
#include "runner/machine.hpp"

#include <hwloc.h>
#include <sys/utsname.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "runner/cpus.hpp"
#include "runner/sha256.hpp"
#include "runner/sysfs.hpp"

namespace faultline {

namespace {

using Json = nlohmann::ordered_json;

// The value of a "key : value" line, the first such line of the text.
std::optional<std::string> field(std::string_view text, std::string_view key) {
  for (const std::string_view line : split(text, '\n')) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || trim(line.substr(0, colon)) != key) continue;
    const std::string_view value = trim(line.substr(colon + 1));
    if (value.empty()) return std::nullopt;
    return printable_ascii(value);
  }
  return std::nullopt;
}

std::optional<int64_t> integer_field(std::string_view text, std::string_view key) {
  const std::optional<std::string> value = field(text, key);
  return value ? parse_integer(*value) : std::nullopt;
}

bool has_flag(std::string_view cpuinfo, std::string_view flag) {
  const std::optional<std::string> flags = field(cpuinfo, "flags");
  if (!flags) return false;
  for (const std::string_view one : split(*flags, ' ')) {
    if (one == flag) return true;
  }
  return false;
}

struct CpuFacts {
  std::optional<std::string> model;
  std::optional<std::string> vendor;
  std::optional<int64_t> family;
  std::optional<int64_t> stepping;
  std::optional<std::string> microcode;
};

// Under the words of x86. arm64 has no names in /proc/cpuinfo, only the numbers of MIDR_EL1, which
// serve as well to tell two processors apart.
CpuFacts cpu_facts(std::string_view cpuinfo) {
  const std::optional<std::string> implementer = field(cpuinfo, "CPU implementer");
  if (!implementer) {
    return {.model = field(cpuinfo, "model name"),
            .vendor = field(cpuinfo, "vendor_id"),
            .family = integer_field(cpuinfo, "cpu family"),
            .stepping = integer_field(cpuinfo, "stepping"),
            .microcode = field(cpuinfo, "microcode")};
  }
  std::optional<std::string> model = field(cpuinfo, "CPU part");
  if (model) {
    model->insert(0, "part ");
    model->append(" variant ").append(field(cpuinfo, "CPU variant").value_or("unknown"));
  }
  return {.model = model,
          .vendor = "implementer " + *implementer,
          .family = integer_field(cpuinfo, "CPU architecture"),
          .stepping = integer_field(cpuinfo, "CPU revision"),
          .microcode = std::nullopt};
}

// hwloc has no object of a kind that the system does not report, which is not the same as none; so
// for sizes, too, 0 stands for unknown.
std::optional<int64_t> known(uint64_t value) {
  return value > 0 ? std::optional(static_cast<int64_t>(value)) : std::nullopt;
}

std::optional<int64_t> object_count(hwloc_topology* topology, hwloc_obj_type_t type) {
  return known(static_cast<uint64_t>(std::max(0, hwloc_get_nbobjs_by_type(topology, type))));
}

struct CacheKind {
  uint64_t level;
  hwloc_obj_cache_type_t type;
  std::optional<int64_t> bytes;
  std::optional<int64_t> line;
  int shared_by;

  bool operator==(const CacheKind&) const = default;
};

const char* cache_type(hwloc_obj_cache_type_t type) {
  if (type == HWLOC_OBJ_CACHE_DATA) return "data";
  if (type == HWLOC_OBJ_CACHE_INSTRUCTION) return "instruction";
  return "unified";
}

// Each kind of cache once: a hybrid processor has several of one level.
std::vector<CacheKind> cache_kinds(hwloc_topology* topology) {
  std::vector<CacheKind> kinds;
  for (int type = HWLOC_OBJ_L1CACHE; type <= HWLOC_OBJ_L3ICACHE; ++type) {
    const auto object_type = static_cast<hwloc_obj_type_t>(type);
    for (hwloc_obj_t object = nullptr;
         (object = hwloc_get_next_obj_by_type(topology, object_type, object)) != nullptr;) {
      const auto& cache = object->attr->cache;
      const CacheKind kind{.level = cache.depth,
                           .type = cache.type,
                           .bytes = known(cache.size),
                           .line = known(cache.linesize),
                           .shared_by = hwloc_bitmap_weight(object->cpuset)};
      if (std::ranges::find(kinds, kind) == kinds.end()) kinds.push_back(kind);
    }
  }
  return kinds;
}

// One line a CPU: its number and all that it shares, from the inside out.
std::string topology_text(hwloc_topology* topology) {
  std::string text;
  for (hwloc_obj_t pu = nullptr;
       (pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu)) != nullptr;) {
    text += "cpu " + std::to_string(pu->os_index);
    for (hwloc_obj* object = pu->parent; object != nullptr; object = object->parent) {
      std::array<char, 64> type{};
      hwloc_obj_type_snprintf(type.data(), type.size(), object, 0);
      text += std::string(" ") + type.data() + ' ' + std::to_string(object->logical_index);
      for (hwloc_obj* memory = object->memory_first_child; memory != nullptr;
           memory = memory->next_sibling) {
        hwloc_obj_type_snprintf(type.data(), type.size(), memory, 0);
        text += std::string(" ") + type.data() + ' ' + std::to_string(memory->os_index);
      }
    }
    text += '\n';
  }
  return text;
}

std::optional<int64_t> memory_bytes(const std::string& root) {
  const std::optional<std::string> meminfo = read_text(root + "/proc/meminfo");
  const std::optional<std::string> total = meminfo ? field(*meminfo, "MemTotal") : std::nullopt;
  if (!total) return std::nullopt;
  const std::optional<int64_t> kib = parse_integer(total->substr(0, total->find(' ')));
  return kib ? std::optional<int64_t>(*kib * 1024) : std::nullopt;
}

// What the hypervisor calls itself, in CPUID leaf 0x40000000.
std::optional<std::string> cpuid_hypervisor() {
#if defined(__x86_64__)
  constexpr unsigned signature_leaf = 0x40000000;
  std::array<unsigned, 4> registers{};
  __cpuid(signature_leaf, registers[0], registers[1], registers[2], registers[3]);
  std::array<char, 13> signature{};
  std::memcpy(signature.data(), &registers[1], 12);
  const std::string_view text = signature.data();
  if (text == "KVMKVMKVM") return "kvm";
  if (text == "TCGTCGTCGTCG") return "tcg";
  if (text == "Microsoft Hv") return "hyperv";
  if (text == "VMwareVMware") return "vmware";
  if (text == "XenVMMXenVMM") return "xen";
  if (text == "VBoxVBoxVBox") return "virtualbox";
  if (text == "bhyve bhyve ") return "bhyve";
#endif
  return std::nullopt;
}

std::optional<std::string> dmi_hypervisor(const std::string& root) {
  const std::string dmi = root + "/sys/class/dmi/id/";
  const std::string vendor = read_line(dmi + "sys_vendor").value_or("");
  const std::string product = read_line(dmi + "product_name").value_or("");
  if (product.find("KVM") != std::string::npos || vendor == "KVM") return "kvm";
  if (vendor == "QEMU") return "qemu";
  if (product.find("VMware") != std::string::npos) return "vmware";
  if (vendor == "Microsoft Corporation" && product == "Virtual Machine") return "hyperv";
  if (vendor == "innotek GmbH" || product == "VirtualBox") return "virtualbox";
  if (vendor == "Xen") return "xen";
  if (vendor == "Google" && product == "Google Compute Engine") return "kvm";
  // EC2 lends whole machines too, under the same vendor name.
  if (vendor == "Amazon EC2" && product.find(".metal") == std::string::npos) return "kvm";
  return std::nullopt;
}

Json hypervisor_json(const std::string& root, std::string_view cpuinfo) {
  const std::optional<std::string> type = read_line(root + "/sys/hypervisor/type");
  if (type && !type->empty()) return *type;
  const bool virtual_cpu = has_flag(cpuinfo, "hypervisor");
  // On x86 the flag decides: the DMI names of rented bare metal can be those of virtual machines.
  if (!virtual_cpu && field(cpuinfo, "flags")) return nullptr;
  // CPUID tells of this machine, not of one below another root.
  const std::optional<std::string> self_named =
      virtual_cpu && root.empty() ? cpuid_hypervisor() : std::nullopt;
  if (self_named) return *self_named;
  const std::optional<std::string> dmi = dmi_hypervisor(root);
  if (dmi) return *dmi;
  return virtual_cpu ? Json("unknown hypervisor") : Json(nullptr);
}

std::string known_text(const std::optional<int64_t>& value) {
  return value ? std::to_string(*value) : "unknown";
}

std::string machine_id(const CpuFacts& cpu, hwloc_topology* topology,
                       const std::vector<CacheKind>& caches, const std::optional<int64_t>& memory) {
  std::string facts = cpu.model.value_or("unknown") + "\nfamily " + known_text(cpu.family) +
                      "\nstepping " + known_text(cpu.stepping);
  for (const hwloc_obj_type_t type : {HWLOC_OBJ_PACKAGE, HWLOC_OBJ_CORE, HWLOC_OBJ_PU}) {
    facts.append("\n").append(hwloc_obj_type_string(type)).append(" ");
    facts += known_text(object_count(topology, type));
  }
  for (const CacheKind& cache : caches) {
    facts += "\ncache " + std::to_string(cache.level) + ' ' + cache_type(cache.type) + ' ' +
             known_text(cache.bytes) + ' ' + known_text(cache.line) + ' ' +
             std::to_string(cache.shared_by);
  }
  // Whole GiB only: the kernel's own share of the memory changes with its version.
  facts += "\nGiB " + known_text(memory ? std::optional(*memory >> 30) : std::nullopt);
  return sha256_hex(facts).substr(0, 16);
}

Json cpu_json(const CpuFacts& facts, hwloc_topology* topology,
              const std::vector<CacheKind>& caches) {
  Json cpu;
  cpu["model"] = or_null<Json>(facts.model);
  cpu["vendor"] = or_null<Json>(facts.vendor);
  cpu["family"] = or_null<Json>(facts.family);
  cpu["stepping"] = or_null<Json>(facts.stepping);
  cpu["microcode"] = or_null<Json>(facts.microcode);
  cpu["sockets"] = or_null<Json>(object_count(topology, HWLOC_OBJ_PACKAGE));
  cpu["cores"] = or_null<Json>(object_count(topology, HWLOC_OBJ_CORE));
  cpu["threads"] = or_null<Json>(object_count(topology, HWLOC_OBJ_PU));
  cpu["numa_nodes"] = or_null<Json>(object_count(topology, HWLOC_OBJ_NUMANODE));
  cpu["caches"] = Json::array();
  for (const CacheKind& kind : caches) {
    Json cache;
    cache["level"] = kind.level;
    cache["type"] = cache_type(kind.type);
    cache["bytes"] = or_null<Json>(kind.bytes);
    cache["line"] = or_null<Json>(kind.line);
    cache["shared_by"] = kind.shared_by;
    cpu["caches"].push_back(std::move(cache));
  }
  cpu["topology_sha256"] = sha256_hex(topology_text(topology));
  return cpu;
}

}  // namespace

nlohmann::ordered_json machine_json(hwloc_topology* topology, const std::string& root) {
  const std::string cpuinfo = read_text(root + "/proc/cpuinfo").value_or("");
  const CpuFacts facts = cpu_facts(cpuinfo);
  const std::vector<CacheKind> caches = cache_kinds(topology);
  const std::optional<int64_t> memory = memory_bytes(root);
  utsname names{};
  Json machine;
  machine["id"] = machine_id(facts, topology, caches, memory);
  machine["arch"] = uname(&names) == 0 ? Json(names.machine) : Json(nullptr);
  machine["cpu"] = cpu_json(facts, topology, caches);
  machine["memory_bytes"] = or_null<Json>(memory);
  machine["hypervisor"] = hypervisor_json(root, cpuinfo);
  return machine;
}

nlohmann::ordered_json machine_json() {
  return machine_json(load_hwloc().get(), "");
}

}  // namespace faultline
