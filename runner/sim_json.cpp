// sim_json.cpp: JSON of simulated runs, machines and traces.
#include "runner/sim_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "checker/mutation.hpp"
#include "checker/names.hpp"
#include "runner/trial_record.hpp"

namespace faultline {

using Json = nlohmann::ordered_json;
using simulator::nanosecond;
using simulator::SourcePlace;

namespace {

constexpr std::size_t lines_shown = 16;

// "mmap_lock.count_ lockimpls/rwsem.hpp:87": the field by the source line that asked for it.
Json place_json(const SourcePlace& place) {
  if (place.file == nullptr) return nullptr;
  const std::string path = checker::short_path(place.file);
  const std::string field = checker::field_at(path, place.line);
  return {{"field", field.empty() ? Json(nullptr) : Json(field)},
          {"where", fmt::format("{}:{}", path, place.line)}};
}

Json sources_json(const std::array<std::uint64_t, simulator::sources>& from) {
  Json json = Json::object();
  for (std::size_t i = 0; i < from.size(); ++i) {
    json[simulator::name(static_cast<simulator::Source>(i))] = from[i];
  }
  return json;
}

Json line_json(const simulator::LineReport& report) {
  Json fields = Json::array();
  std::vector<simulator::LineReport::Field> used(report.fields.begin(), report.fields.end());
  std::stable_sort(used.begin(), used.end(),
                   [](const auto& a, const auto& b) { return a.transfers > b.transfers; });
  for (const auto& field : used) {
    if (field.place.file == nullptr || field.transfers == 0) continue;
    Json json = place_json(field.place);
    json["transfers"] = field.transfers;
    fields.push_back(json);
  }
  const double arrivals = static_cast<double>(std::max<std::uint64_t>(report.arrivals, 1));
  return {{"line", report.line},
          {"transfers", report.transfers},
          {"from", sources_json(report.from)},
          {"waited_ns", report.waited / nanosecond},
          {"queue_mean", static_cast<double>(report.depth_sum) / arrivals},
          {"queue_max", report.depth_max},
          {"fields", fields}};
}

Json lines_json(const std::vector<simulator::LineReport>& lines) {
  std::vector<simulator::LineReport> hottest;
  std::copy_if(lines.begin() + 1, lines.end(), std::back_inserter(hottest),
               [](const auto& report) { return report.transfers != 0; });
  std::stable_sort(hottest.begin(), hottest.end(),
                   [](const auto& a, const auto& b) { return a.waited > b.waited; });
  if (hottest.size() > lines_shown) hottest.resize(lines_shown);
  Json json = Json::array();
  for (const auto& report : hottest) json.push_back(line_json(report));
  return json;
}

// Between the threads of the primary role: the others do something else. Jain's index: 1 when all
// did the same, 1/n when one did everything.
Json fairness_json(const TrialResult& trial, const Cell& cell) {
  std::vector<std::uint64_t> ops;
  const auto threads = static_cast<unsigned>(trial.thread_ops.size());
  for (unsigned i = 0; i < threads; ++i) {
    if (!trial.secondary.contains(cell.role(i, threads))) ops.push_back(trial.thread_ops[i]);
  }
  double sum = 0;
  double squares = 0;
  std::uint64_t least = ~std::uint64_t{0};
  std::uint64_t most = 0;
  for (const std::uint64_t n : ops) {
    sum += static_cast<double>(n);
    squares += static_cast<double>(n) * static_cast<double>(n);
    least = std::min(least, n);
    most = std::max(most, n);
  }
  if (most == 0) return {{"jain", nullptr}, {"min_max", nullptr}};
  return {{"jain", sum * sum / (static_cast<double>(ops.size()) * squares)},
          {"min_max", static_cast<double>(least) / static_cast<double>(most)}};
}

}  // namespace

Json simulated_machine_json(const SimPlan& plan, const simulator::Sources& sources) {
  const simulator::Machine& machine = plan.machine;
  Json borders = Json::array();
  for (const simulator::Border& border : simulator::borders(machine)) {
    borders.push_back({{"cpus", border.cpus}, {"part", border.what}});
  }
  return {{"name", machine.name},
          {"summary", machine.summary},
          {"calibrated", simulator::name(machine.calibrated)},
          {"made_up", machine.made_up},
          {"cpus", machine.cpus()},
          {"sockets", machine.sockets},
          {"cores", machine.cores()},
          {"smt", machine.smt},
          {"borders", borders},
          {"profile", simulator::machine_text({machine, sources})}};
}

Json sim_run_json(const SimResult& result, const Cell& cell) {
  const simulator::Statistics& statistics = result.statistics;
  const Histogram& waits = result.waits;
  return {{"trials", Json::array({trial_json(result.trial, false)})},
          {"sim",
           {{"hash", fmt::format("{:016x}", result.hash)},
            {"events", statistics.events},
            {"operations", statistics.operations},
            {"hits", statistics.hits},
            {"preemptions", statistics.preemptions},
            {"prefetches", statistics.prefetches},
            {"grace_periods", statistics.grace_periods},
            {"wait_ns",
             {{"n", waits.count()},
              {"p50", waits.quantile(0.5)},
              {"p99", waits.quantile(0.99)},
              {"p999", waits.quantile(0.999)},
              {"max", waits.most()}}},
            {"fairness", fairness_json(result.trial, cell)},
            {"transfers", sources_json(statistics.from)},
            {"lines", lines_json(statistics.lines)}}}};
}

Json trace_json(const SimResult& result) {
  Json events = Json::array();
  for (const simulator::Trace::Span& span : result.spans) {
    Json event = {{"name", span.what},
                  {"cat", "wait"},
                  {"ph", "X"},
                  {"ts", static_cast<double>(span.begin) * 1e-6},
                  {"dur", static_cast<double>(span.end - span.begin) * 1e-6},
                  {"pid", 0},
                  {"tid", span.task}};
    const Json place = place_json(span.place);
    if (!place.is_null()) event["args"] = place;
    events.push_back(event);
  }
  return {{"displayTimeUnit", "ns"}, {"traceEvents", events}};
}

}  // namespace faultline
