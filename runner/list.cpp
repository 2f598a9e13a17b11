// list.cpp: tables and JSON of designs, locks, workloads, suites and formats.
#include "runner/list.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "checker/scenarios/scenario.hpp"
#include "runner/cells.hpp"
#include "runner/errors.hpp"
#include "runner/kernel/catalog.hpp"
#include "runner/near_names.hpp"
#include "runner/plan.hpp"
#include "runner/python.hpp"
#include "runner/sim_plan.hpp"

namespace faultline {

using Json = nlohmann::ordered_json;

namespace {

struct Row {
  std::string name;
  std::string summary;
  std::vector<std::string> details;
  Json json;
};

VmaLayout layout_of(const DesignInfo& design, Placement placement) {
  return find_cell(design.name, placement, workload_names(design.kind).front())->layout;
}

Row yardstick(const DesignInfo& design) {
  const VmaLayout layout = layout_of(design, Placement::none);
  return {design.name,
          design.summary,
          {fmt::format("yardstick of {} bytes, for the workload {}", layout.lock_bytes,
                       fmt::join(workload_names(design.kind), ", "))},
          {{"name", design.name},
           {"summary", design.summary},
           {"kind", kind_name(design.kind)},
           {"free_policy", nullptr},
           {"placements",
            {{{"placement", placement_name(Placement::none)},
              {"vma_bytes", nullptr},
              {"lock_bytes", layout.lock_bytes},
              {"lock_offset", nullptr}}}}}};
}

std::vector<Row> designs() {
  std::vector<Row> rows;
  for (const DesignInfo& design : all_designs()) {
    if (design.kind == DesignKind::yardstick) {
      rows.push_back(yardstick(design));
      continue;
    }
    Row row{design.name, design.summary, {}, {}};
    Json placements = Json::array();
    for (const Placement placement : design.placements) {
      const VmaLayout layout = layout_of(design, placement);
      const bool embedded = placement == Placement::embedded;
      std::string text =
          fmt::format("placement {}: VMA of {} bytes", placement_name(placement), layout.vma_bytes);
      if (layout.lock_bytes != 0) text += fmt::format(", lock of {}", layout.lock_bytes);
      if (embedded) text += fmt::format(" at byte {}", layout.lock_offset);
      if (placement == design.placements.front()) text += " (default: as its source has it)";
      row.details.push_back(text);
      placements.push_back({{"placement", placement_name(placement)},
                            {"vma_bytes", layout.vma_bytes},
                            {"lock_bytes", layout.lock_bytes},
                            {"lock_offset", embedded ? Json(layout.lock_offset) : Json(nullptr)}});
    }
    row.details.push_back("freed VMAs: " + design.free_policy);
    row.json = {{"name", design.name},
                {"summary", design.summary},
                {"kind", kind_name(design.kind)},
                {"free_policy", design.free_policy},
                {"placements", placements}};
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Row> locks() {
  std::vector<Row> rows;
  for (const DesignInfo& design : all_designs()) {
    const VmaLayout layout = layout_of(design, design.placements.front());
    rows.push_back(
        {design.name,
         design.summary,
         {fmt::format("{} bytes", layout.lock_bytes)},
         {{"name", design.name}, {"summary", design.summary}, {"lock_bytes", layout.lock_bytes}}});
  }
  return rows;
}

Row workload(const WorkloadInfo& info, const std::string& kind, const std::string& runs) {
  Row row{info.name, info.summary, {}, {}};
  row.details.push_back(fmt::format("counts: {} (version {})", info.unit, info.version));
  row.details.push_back(runs);
  Json params = Json::array();
  for (const Param& param : info.params) {
    row.details.push_back(fmt::format("--set {}={}  {} [{} to {} {}]", param.name, param.value,
                                      param.help, param.least, param.most, param.unit));
    params.push_back({{"name", param.name},
                      {"default", param.value},
                      {"least", param.least},
                      {"most", param.most},
                      {"unit", param.unit},
                      {"help", param.help}});
  }
  row.json = {{"name", info.name}, {"summary", info.summary},
              {"unit", info.unit}, {"version", info.version},
              {"kind", kind},      {"params", params}};
  return row;
}

// The modelled ones, then those of real system calls, some of which have the same name.
std::vector<Row> workloads() {
  std::vector<Row> rows;
  for (const WorkloadInfo& info : all_workloads()) {
    const DesignKind kind = kind_of(info);
    rows.push_back(workload(info, kind_name(kind),
                            fmt::format("designs: {}", fmt::join(design_names(kind), ", "))));
  }
  for (const kernel::CatalogEntry& entry : kernel::all_kernel_workloads()) {
    rows.push_back(
        workload(entry.info, "kernel", "bench kernel: real system calls, by faultline kernel run"));
    rows.back().summary = std::string("kernel: ") + entry.info.summary;
  }
  return rows;
}

std::vector<Row> suites() {
  std::vector<Row> rows;
  for (const std::string& name : suite_names()) {
    RunOptions options;
    options.suite = name;
    const SessionDesign design = make_plan(options).design;
    const std::string summary =
        fmt::format("{} rounds, {} trial{} of {:g} s", design.rounds, design.trials,
                    design.trials == 1 ? "" : "s", design.trial_s);
    rows.push_back(
        {name,
         summary,
         {fmt::format("warm-up {:g} s, about {:.2g} s a run", design.warmup_s, design.run_s())},
         {{"name", name},
          {"summary", summary},
          {"rounds", design.rounds},
          {"trials", design.trials},
          {"trial_s", design.trial_s},
          {"warmup_s", design.warmup_s}}});
  }
  return rows;
}

// One row a scenario; which designs it is explored with, and with how many threads.
std::vector<Row> scenarios() {
  std::vector<Row> rows;
  for (const ScenarioCell& cell : all_scenarios()) {
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&cell](const Row& one) { return one.name == cell.scenario; });
    if (row == rows.end()) {
      rows.push_back({cell.scenario,
                      cell.summary,
                      {fmt::format("threads: {}", fmt::join(cell.threads, ", ")), "designs:"},
                      {{"name", cell.scenario},
                       {"summary", cell.summary},
                       {"threads", cell.threads},
                       {"designs", Json::array()}}});
      row = rows.end() - 1;
    }
    Json& designs = row->json["designs"];
    if (std::find(designs.begin(), designs.end(), cell.design) != designs.end()) continue;
    designs.push_back(cell.design);
    row->details.back() += " " + cell.design;
  }
  return rows;
}

std::vector<Row> machines() {
  std::vector<Row> rows;
  for (const std::string& name : machine_list()) {
    const simulator::Machine machine = find_machine(name, {}).machine;
    const std::string summary = fmt::format("{} CPUs, calibrated: {}{}. {}", machine.cpus(),
                                            simulator::name(machine.calibrated),
                                            machine.made_up ? ", made up" : "", machine.summary);
    std::string parts;
    Json borders = Json::array();
    for (const simulator::Border& border : simulator::borders(machine)) {
      parts +=
          fmt::format("{}{} from {} CPUs on", parts.empty() ? "" : ", ", border.what, border.cpus);
      borders.push_back({{"cpus", border.cpus}, {"part", border.what}});
    }
    rows.push_back({name,
                    summary,
                    {parts.empty() ? "one cluster" : "another " + parts},
                    {{"name", name},
                     {"summary", machine.summary},
                     {"cpus", machine.cpus()},
                     {"calibrated", simulator::name(machine.calibrated)},
                     {"made_up", machine.made_up},
                     {"borders", borders}}});
  }
  return rows;
}

// The formats are the report's: it is asked.
std::vector<Row> formats() {
  const Json list = Json::parse(python_output({"formats", "--json"}), nullptr, false);
  if (!list.is_array()) {
    throw Failure(exit_code::environment,
                  "list formats: the report did not answer; "
                  "try: faultline report --help");
  }
  std::vector<Row> rows;
  for (const Json& one : list) rows.push_back({one.at("name"), one.at("summary"), {}, one});
  return rows;
}

struct Kind {
  const char* name;
  std::vector<Row> (*rows)();
};
constexpr Kind kinds[] = {
    {"designs", designs},     {"locks", locks},   {"workloads", workloads}, {"machines", machines},
    {"scenarios", scenarios}, {"suites", suites}, {"formats", formats}};

void print_rows(const std::vector<Row>& rows, bool detailed) {
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.name.size());
  for (const Row& row : rows) {
    fmt::print("{:<{}}  {}\n", row.name, width, row.summary);
    for (const std::string& detail : row.details) {
      if (detailed) fmt::print("{:<{}}    {}\n", "", width, detail);
    }
  }
}

const Kind& find_kind(const std::string& wanted) {
  for (const Kind& kind : kinds) {
    if (wanted == kind.name) return kind;
  }
  throw Failure(exit_code::usage, unknown_name("list of", wanted, list_kinds()));
}

}  // namespace

std::vector<std::string> list_kinds() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds) names.emplace_back(kind.name);
  return names;
}

std::string list_json(const std::string& kind) {
  Json list = Json::array();
  for (const Row& row : find_kind(kind).rows()) list.push_back(row.json);
  return list.dump(2);
}

int run_list(const std::string& kind, bool detailed, bool json) {
  if (json) {
    fmt::print("{}\n", list_json(kind));
  } else {
    print_rows(find_kind(kind).rows(), detailed);
  }
  return exit_code::ok;
}

}  // namespace faultline
