// catalog.cpp: instantiates the trial of every kernel workload.
#include "runner/kernel/catalog.hpp"

#include <nlohmann/json.hpp>

#include "runner/errors.hpp"
#include "runner/near_names.hpp"
#include "workloads/kernel/registry.hpp"

namespace faultline::kernel {

const std::vector<CatalogEntry>& all_kernel_workloads() {
  static const std::vector<CatalogEntry> all = [] {
    std::vector<CatalogEntry> entries;
    AllKernelWorkloads::each([&entries]<class W>() {
      entries.push_back({W::info(), W::role, W::body(), run_kernel_trial<W>});
    });
    return entries;
  }();
  return all;
}

std::vector<std::string> kernel_workload_names() {
  std::vector<std::string> names;
  for (const CatalogEntry& entry : all_kernel_workloads()) names.emplace_back(entry.info.name);
  return names;
}

const CatalogEntry& find_kernel_workload(const std::string& name) {
  for (const CatalogEntry& entry : all_kernel_workloads()) {
    if (name == entry.info.name) return entry;
  }
  throw Failure(exit_code::usage,
                "--workload: " + unknown_name("kernel workload", name, kernel_workload_names()));
}

nlohmann::ordered_json kernel_workloads_json() {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const CatalogEntry& entry : all_kernel_workloads()) {
    nlohmann::ordered_json params = nlohmann::ordered_json::array();
    for (const Param& param : entry.info.params) {
      params.push_back({{"name", param.name},
                        {"default", param.value},
                        {"least", param.least},
                        {"most", param.most},
                        {"unit", param.unit},
                        {"help", param.help}});
    }
    list.push_back({{"name", entry.info.name},
                    {"summary", entry.info.summary},
                    {"unit", entry.info.unit},
                    {"primary", entry.info.primary},
                    {"version", entry.info.version},
                    {"body", entry.body},
                    {"params", params}});
  }
  return list;
}

}  // namespace faultline::kernel
