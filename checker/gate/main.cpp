// main.cpp: the program `faultline-mutants`: the mutation gate.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "checker/gate/designs.hpp"
#include "checker/gate/failure.hpp"
#include "checker/gate/hunt.hpp"
#include "checker/gate/source_mutant.hpp"
#include "checker/gate/verdict.hpp"

namespace faultline::gate {

namespace {

#ifndef FL_SOURCE_ROOT
#define FL_SOURCE_ROOT "."
#endif

constexpr const char* table_file = "checker/gate/source_mutants.json";

constexpr const char* footer = R"(Examples:
  faultline-mutants --list --file rwsem.hpp       what there is to change
  faultline-mutants --file vma_refcount.hpp       one header
  faultline-mutants --mutant 17                   one mutant, with what killed it
  tools/mutants                                   the whole gate, source mutants included

Exit codes: 0 every mutant is killed or has its reason; 1 one survives, or a reason is stale;
2 usage; 3 a scenario fails without any mutation; 4 this host cannot do it.)";

// What --quick looks at: the lock words and what their writers sleep on.
constexpr std::array quick_files{"lockimpls/mmap_lock_only.hpp", "lockimpls/rcuwait.hpp",
                                 "lockimpls/spin_lock.hpp",      "lockimpls/vma_atomic.hpp",
                                 "lockimpls/vma_refcount.hpp",   "lockimpls/vma_rwsem.hpp",
                                 "lockimpls/wait_queue.hpp"};

struct Settings {
  std::string root = FL_SOURCE_ROOT;
  std::vector<std::string> files;
  unsigned mutant = 0;
  Limits limits;
  std::string json;
  std::string markdown;
  std::string outcomes;
  bool list = false;
  bool quick = false;
  bool all_rows = false;
  bool unchanged = false;
  bool designs = false;
};

void add_options(CLI::App& app, Settings& settings) {
  Limits& limits = settings.limits;
  app.footer(footer);
  app.add_option("--file", settings.files, "only mutants of files with this in their path")
      ->check([](const std::string& text) { return text.empty() ? "empty name" : ""; });
  app.add_option("--mutant", settings.mutant, "only this number of --list")
      ->check(CLI::PositiveNumber);
  app.add_flag("--list", settings.list, "show the mutants, run none");
  app.add_flag("--quick", settings.quick,
               "the lock words only, with the fewest threads and fewer executions");
  app.add_flag("--all", settings.all_rows, "print killed mutants, too");
  app.add_option("--jobs", limits.jobs, "processes at a time")->check(CLI::Range(1, 256));
  app.add_option("--seconds", limits.seconds, "longest time of one scenario with one mutant")
      ->check(CLI::Range(0.01, 86400.0));
  app.add_option("--executions", limits.scenario, "most executions of one scenario at a time")
      ->check(CLI::PositiveNumber);
  app.add_option("--executions-of-mutant", limits.mutant,
                 "most executions of one mutant in each round")
      ->check(CLI::PositiveNumber);
  app.add_option("--json", settings.json, "write the table to this file, - for standard output");
  app.add_option("--markdown", settings.markdown, "write the table to this file as Markdown");
  app.add_option("--root", settings.root, "the project's folder, where sources are read");
  app.add_option("--source-outcomes", settings.outcomes,
                 "what became of the source mutants, from tools/mutants");
  app.add_flag("--unchanged", settings.unchanged,
               "run the scenarios as they are and print the outcome as JSON (tools/mutants)");
  app.add_flag("--designs", settings.designs, "show the designs and their shards (tools/mutants)");
}

std::string read_file(const std::string& name) {
  std::ifstream in(name);
  std::ostringstream text;
  text << in.rdbuf();
  if (in) return text.str();
  throw Failure(exit_code::usage, fmt::format("{} cannot be read; check its name", name));
}

void write_file(const std::string& name, const std::string& text) {
  if (name == "-") {
    std::fputs(text.c_str(), stdout);
    return;
  }
  std::ofstream out(name);
  out << text;
  out.flush();
  if (out) return;
  throw Failure(exit_code::environment,
                fmt::format("{} cannot be written; name a file in a folder that exists", name));
}

bool wanted(const Settings& settings, const Mutant& mutant) {
  const std::string& file = mutant.place.file;
  if (settings.mutant != 0 && settings.mutant != mutant.number) return false;
  const auto is_quick = [&](const char* name) { return file == name; };
  if (settings.quick && std::none_of(quick_files.begin(), quick_files.end(), is_quick)) {
    return false;
  }
  const auto is_named = [&](const std::string& part) {
    return file.find(part) != std::string::npos;
  };
  return settings.files.empty() ||
         std::any_of(settings.files.begin(), settings.files.end(), is_named);
}

// Prints the outcome of a source that was changed before it was compiled.
int run_unchanged(const Settings& settings) {
  const Outcome outcome = hunt_unchanged(candidates_of(all_scenarios()), settings.limits);
  const nlohmann::ordered_json json{
      {"killed", outcome.killed},         {"by", outcome.by},
      {"scenario", outcome.scenario},     {"design", outcome.design},
      {"placement", outcome.placement},   {"threads", outcome.threads},
      {"executions", outcome.executions}, {"cells", outcome.cells},
      {"complete", outcome.complete},     {"note", outcome.note}};
  std::printf("%s\n", json.dump().c_str());
  return exit_code::ok;
}

int print_designs() {
  for (const auto& [design, shard] : designs_and_shards()) {
    std::printf("%s %u\n", design.c_str(), shard);
  }
  return exit_code::ok;
}

Sources read_sources(const std::string& root) {
  Sources sources;
  for (const char* folder : {"lockimpls", "mm"}) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(root + "/" + folder, error)) {
      const std::string file = std::string(folder) + "/" + entry.path().filename().string();
      if (entry.path().extension() == ".hpp" && in_scope(file)) {
        sources.emplace(file, read_source(root, file));
      }
    }
    if (error) {
      throw Failure(exit_code::environment, fmt::format("{}/{}: {}; name the project's folder with "
                                                        "--root",
                                                        root, folder, error.message()));
    }
  }
  return sources;
}

// Nothing that a mutant does means anything where the source itself fails.
void expect_sound(const Baseline& baseline) {
  for (const Candidate& one : baseline.candidates) {
    if (one.verdict == checker::Verdict::verified || one.verdict == checker::Verdict::bounded) {
      continue;
    }
    throw Failure(
        exit_code::inconclusive,
        fmt::format("{} {} with {} threads fails without any mutation ({}); see faultline "
                    "check",
                    one.cell->design, one.cell->scenario, one.threads, one.reason));
  }
}

struct Plan {
  Baseline baseline;
  Sources sources;
  std::vector<Mutant> mutants;
};

Plan make_plan(const Settings& settings) {
  Plan plan;
  plan.sources = read_sources(settings.root);
  const std::string table = settings.root + "/" + table_file;
  for (const SourceMutant& source : parse_source_mutants(table_file, read_file(table))) {
    const auto text = plan.sources.find(source.file);
    if (text == plan.sources.end()) {
      throw Failure(
          exit_code::usage,
          fmt::format("source mutant '{}' is about {}; name a header of lockimpls/ or mm/",
                      source.name, source.file));
    }
    plan.mutants.push_back(mutant_of(source, text->second));
  }
  plan.baseline =
      survey(settings.quick ? quick_candidates_of(all_scenarios()) : candidates_of(all_scenarios()),
             settings.limits);
  expect_sound(plan.baseline);
  for (const checker::Surveyed& one : plan.baseline.places) {
    if (!in_scope(one.place.file)) continue;
    for (Mutant& mutant : mutants_of(one)) plan.mutants.push_back(std::move(mutant));
  }
  for (Mutant& mutant : unreached(plan.sources, plan.baseline.places)) {
    plan.mutants.push_back(std::move(mutant));
  }
  sort_and_number(plan.mutants);
  return plan;
}

void print_list(const Settings& settings, const Plan& plan) {
  for (const Mutant& mutant : plan.mutants) {
    if (!wanted(settings, mutant)) continue;
    std::printf("%4u  %s:%u: %s\n", mutant.number, mutant.place.file.c_str(), mutant.place.line,
                mutant.what.c_str());
  }
}

std::vector<Outcome> run_plan(const Settings& settings, const Plan& plan) {
  std::vector<Outcome> outcomes(plan.mutants.size());
  if (!settings.outcomes.empty()) {
    const auto known = parse_source_outcomes(settings.outcomes, read_file(settings.outcomes));
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const auto found = known.find(plan.mutants[i].action);
      const bool is_source = plan.mutants[i].kind == MutantKind::source;
      if (is_source && found != known.end()) outcomes[i] = found->second;
    }
  }
  std::vector<Mutant> hunted;
  std::vector<std::size_t> index;
  for (std::size_t i = 0; i < plan.mutants.size(); ++i) {
    const bool runs = plan.mutants[i].kind == MutantKind::operation;
    if (!runs || !wanted(settings, plan.mutants[i])) continue;
    hunted.push_back(plan.mutants[i]);
    index.push_back(i);
  }
  std::size_t done = 0;
  hunt(hunted, plan.baseline, settings.limits, [&](std::size_t i, const Outcome& outcome) {
    outcomes[index[i]] = outcome;
    std::fprintf(stderr, "\rfaultline-mutants: %zu of %zu", ++done, hunted.size());
  });
  std::fprintf(stderr, "\n");
  return outcomes;
}

std::string how_it_was_made(const Limits& limits) {
  return fmt::format(
      "`tools/mutants` wrote this file; do not edit it. For each mutant it explored up to {}\n"
      "executions of each scenario, then drew {} of each at random (PCT, always the same ones),\n"
      "then explored up to {}; no more than {} of all scenarios together each time. No limit\n"
      "is one of time, so a second run comes to the same table.\n",
      limits.first, limits.drawn, limits.scenario, limits.mutant);
}

int run(Settings& settings) {
  if (settings.quick) {
    settings.limits.scenario = std::min<std::uint64_t>(settings.limits.scenario, 8'000);
    settings.limits.mutant = std::min<std::uint64_t>(settings.limits.mutant, 60'000);
    settings.limits.survey = std::min<std::uint64_t>(settings.limits.survey, 2'000);
    settings.limits.drawn = 0;
  }
  if (settings.designs) return print_designs();
  if (settings.unchanged) return run_unchanged(settings);
  Plan plan = make_plan(settings);
  if (std::none_of(plan.mutants.begin(), plan.mutants.end(),
                   [&](const Mutant& mutant) { return wanted(settings, mutant); })) {
    throw Failure(exit_code::usage, "no mutant is meant by that; see faultline-mutants --list");
  }
  if (settings.list) {
    print_list(settings, plan);
    return exit_code::ok;
  }
  const std::vector<Outcome> all = run_plan(settings, plan);
  std::vector<Mutant> mutants;
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!wanted(settings, plan.mutants[i])) continue;
    mutants.push_back(plan.mutants[i]);
    outcomes.push_back(all[i]);
  }
  const Verdict verdict = judge(mutants, outcomes, plan.sources, settings.mutant == 0);
  if (settings.json != "-") {
    std::fputs(text_of(verdict, settings.all_rows || settings.mutant != 0).c_str(), stdout);
  }
  if (!settings.json.empty()) write_file(settings.json, json_of(verdict));
  if (!settings.markdown.empty()) {
    write_file(settings.markdown, markdown_of(verdict, how_it_was_made(settings.limits)));
  }
  return verdict.passes() ? exit_code::ok : exit_code::found;
}

}  // namespace

}  // namespace faultline::gate

int main(int argc, char** argv) {
  using namespace faultline::gate;
  CLI::App app{
      "Weakens every memory order of the lock code, and leaves out every store, fence and wake-up, "
      "one at a time: a scenario has to notice.",
      "faultline-mutants"};
  Settings settings;
  add_options(app, settings);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "faultline-mutants: %s; see faultline-mutants --help\n", error.what());
    return exit_code::usage;
  }
  try {
    return run(settings);
  } catch (const Failure& failure) {
    std::fprintf(stderr, "faultline-mutants: %s\n", failure.what());
    return failure.code();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "faultline-mutants: %s; try again with fewer jobs\n", error.what());
    return exit_code::environment;
  }
}
