// hunt.cpp: the survey and the hunt, in children that report line by line. See hunt.hpp.
#include "checker/gate/hunt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sstream>

#include "checker/gate/children.hpp"

namespace faultline::gate {

namespace {

using checker::Verdict;

// On top of a scenario's own time: how long a child may be silent.
constexpr double patience_seconds = 20;

checker::Options options_for(const Candidate& candidate, const Limits& limits) {
  checker::Options options;
  options.rules.chances = candidate.cell->chances;
  options.seconds_max = limits.seconds;
  return options;
}

// --- what children write ---

std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return text;
}

void write_place(std::FILE* out, const checker::Surveyed& one) {
  std::fprintf(out, "place %s %u %u %u %u %s\n", one.place.file.c_str(), one.place.line,
               one.place.column, static_cast<unsigned>(one.kind), static_cast<unsigned>(one.order),
               one.action.c_str());
}

// --- one way to explore a scenario ---

struct Round {
  checker::Mode mode = checker::Mode::exhaustive;
  std::uint64_t executions = 0;  // of one scenario
};

std::array<Round, 3> rounds_of(const Limits& limits) {
  using checker::Mode;
  const bool all_in_first = limits.scenario <= limits.first;
  return {{{Mode::exhaustive, std::min(limits.first, limits.scenario)},
           {Mode::pct, limits.drawn},
           {Mode::exhaustive, all_in_first ? 0 : limits.scenario}}};
}

checker::Result explore_in(const Round& round, const Candidate& candidate,
                           checker::Options options) {
  options.mode = round.mode;
  options.priority_changes = 5;  // finds what needs three or four more often than 3 do
  options.executions_max = round.executions;
  return explore(candidate.cell->program(candidate.threads), options);
}

void survey_one(const Candidate& candidate, const Limits& limits, std::FILE* out) {
  checker::Survey survey;
  checker::Options options = options_for(candidate, limits);
  options.survey = &survey;
  checker::Result result =
      explore_in({checker::Mode::exhaustive, limits.survey}, candidate, options);
  if (result.verdict == Verdict::bounded && limits.drawn != 0) {
    checker::Result drawn = explore_in({checker::Mode::pct, limits.drawn}, candidate, options);
    drawn.events += result.events;
    result = std::move(drawn);
  }
  for (const checker::Surveyed& one : survey.all()) write_place(out, one);
  const std::string reason =
      result.verdict == Verdict::failed ? result.counterexample.what : result.reason;
  std::fprintf(out, "done %u %llu %llu %s\n", static_cast<unsigned>(result.verdict),
               static_cast<unsigned long long>(result.executions + result.blocked),
               static_cast<unsigned long long>(result.events), one_line(reason).c_str());
}

// Returns whether the mutant is dead, and writes what came out.
bool write_end(const checker::Result& result, std::FILE* out) {
  const std::uint64_t executions = result.executions + result.blocked;
  const bool setup = result.verdict == Verdict::inconclusive && executions == 0;
  const bool failed = result.verdict == Verdict::failed || result.endless || setup;
  const bool found = result.verdict == Verdict::failed;
  const char* by = setup            ? "setup"
                   : result.endless ? "endless"
                   : found          ? checker::failure_name(result.counterexample.failure)
                                    : checker::verdict_name(result.verdict);
  const std::string note = found ? result.counterexample.what : result.reason;
  std::fprintf(out, "%s %llu %s %s\n", failed ? "killed" : "lives",
               static_cast<unsigned long long>(executions), by, one_line(note).c_str());
  std::fflush(out);
  return failed;
}

// Tries the candidates in turn until one fails.
void hunt_one(const checker::Mutations& mutations, const std::vector<const Candidate*>& candidates,
              const Limits& limits, std::FILE* out) {
  std::vector<bool> complete(candidates.size());
  for (const Round& round : rounds_of(limits)) {
    std::uint64_t left = limits.mutant;
    for (std::size_t i = 0; i < candidates.size() && left != 0 && round.executions != 0; ++i) {
      if (complete[i]) continue;
      std::fprintf(out, "try %zu\n", i);
      std::fflush(out);
      checker::Options options = options_for(*candidates[i], limits);
      options.mutations = &mutations;
      Round one = round;
      one.executions = std::min(round.executions, left);
      const checker::Result result = explore_in(one, *candidates[i], options);
      if (write_end(result, out)) return;
      left -= std::min(left, result.executions + result.blocked);
      complete[i] = result.verdict == Verdict::verified;
    }
  }
}

// --- what the parent makes of it ---

std::string rest_of(std::istringstream& in) {
  std::string rest;
  std::getline(in >> std::ws, rest);
  return rest;
}

std::size_t number_of(std::vector<checker::Surveyed>& places, const checker::Surveyed& one) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    const checker::Place& place = places[i].place;
    if (place.line == one.place.line && place.column == one.place.column &&
        place.file == one.place.file) {
      return i;
    }
  }
  places.push_back(one);
  return places.size() - 1;
}

void read_survey(const std::string& line, std::vector<checker::Surveyed>& places,
                 Candidate& candidate) {
  std::istringstream in(line);
  std::string word;
  in >> word;
  if (word == "place") {
    checker::Surveyed one;
    unsigned kind = 0;
    unsigned order = 0;
    in >> one.place.file >> one.place.line >> one.place.column >> kind >> order >> one.action;
    one.kind = static_cast<checker::Kind>(kind);
    one.order = static_cast<checker::Mo>(order);
    candidate.places.push_back(number_of(places, one));
  } else if (word == "done") {
    unsigned verdict = 0;
    in >> verdict >> candidate.executions >> candidate.events;
    candidate.verdict = static_cast<Verdict>(verdict);
    candidate.reason = rest_of(in);
  }
}

// One mutant's hunt, put together from its lines.
class Pursuit {
 public:
  std::vector<const Candidate*> candidates;

  void line(const std::string& text) {
    std::istringstream in(text);
    std::string word;
    in >> word;
    if (word == "try") {
      in >> at_;
      outcome_.cells = std::max(outcome_.cells, static_cast<unsigned>(at_) + 1);
      return;
    }
    std::uint64_t executions = 0;
    std::string by;
    in >> executions >> by;
    if (word == "killed") {
      kill(by, executions, rest_of(in));
    } else {
      outcome_.executions += executions;
      if (by == checker::verdict_name(Verdict::verified)) ++outcome_.complete;
    }
  }
  const Outcome& end(Ended ended, int signal) {
    outcome_.ran = true;
    if (ended == Ended::crashed) {
      const char* name = signal == 0 ? "an exception" : strsignal(signal);
      kill("crash", 0, name);
    }
    if (ended == Ended::hung) kill("hang", 0, "it says nothing any more");
    return outcome_;
  }

 private:
  void kill(const std::string& by, std::uint64_t executions, const std::string& note) {
    outcome_.killed = true;
    outcome_.by = by;
    outcome_.executions = executions;
    outcome_.note = note;
    if (at_ >= candidates.size()) return;
    const Candidate& candidate = *candidates[at_];
    outcome_.scenario = candidate.cell->scenario;
    outcome_.design = candidate.cell->design;
    outcome_.placement = candidate.cell->placement;
    outcome_.threads = candidate.threads;
  }

  std::size_t at_ = 0;
  Outcome outcome_;
};

std::vector<const Candidate*> candidates_for(const Mutant& mutant, const Baseline& baseline) {
  std::vector<const Candidate*> found;
  for (const Candidate& candidate : baseline.candidates) {
    const bool there =
        std::any_of(candidate.places.begin(), candidate.places.end(), [&](std::size_t number) {
          const checker::Place& place = baseline.places[number].place;
          return place.line == mutant.place.line && place.column == mutant.place.column &&
                 place.file == mutant.place.file;
        });
    if (there) found.push_back(&candidate);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Candidate* a, const Candidate* b) { return a->events < b->events; });
  return found;
}

}  // namespace

std::vector<Candidate> candidates_of(const std::vector<ScenarioCell>& cells) {
  std::vector<Candidate> candidates;
  for (const ScenarioCell& cell : cells) {
    const auto first = std::find_if(cells.begin(), cells.end(), [&](const ScenarioCell& other) {
      return other.design == cell.design;
    });
    if (cell.placement != first->placement) continue;
    for (const unsigned threads : cell.threads) {
      Candidate candidate;
      candidate.cell = &cell;
      candidate.threads = threads;
      candidates.push_back(candidate);
    }
  }
  return candidates;
}

std::vector<Candidate> quick_candidates_of(const std::vector<ScenarioCell>& cells) {
  std::vector<Candidate> candidates = candidates_of(cells);
  std::erase_if(candidates,
                [](const Candidate& one) { return one.threads != one.cell->threads.front(); });
  return candidates;
}

Baseline survey(std::vector<Candidate> candidates, const Limits& limits) {
  Baseline baseline;
  baseline.candidates = std::move(candidates);
  std::vector<Candidate>& all = baseline.candidates;
  Work work;
  work.run = [&](std::size_t i, std::FILE* out) { survey_one(all[i], limits, out); };
  // Numbered in the order of the candidates, whoever is done first.
  std::vector<std::vector<std::string>> lines(all.size());
  work.line = [&](std::size_t i, const std::string& line) { lines[i].push_back(line); };
  work.end = [&](std::size_t i, Ended ended, int) {
    if (ended == Ended::well) return;
    all[i].verdict = Verdict::failed;
    all[i].reason = ended == Ended::hung ? "it hangs" : "it crashes";
  };
  run_in_children(all.size(), limits.jobs, limits.seconds + patience_seconds, work);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const std::string& line : lines[i]) read_survey(line, baseline.places, all[i]);
  }
  return baseline;
}

void hunt(const std::vector<Mutant>& mutants, const Baseline& baseline, const Limits& limits,
          const Over& over) {
  std::vector<Pursuit> pursuits(mutants.size());
  for (std::size_t i = 0; i < mutants.size(); ++i) {
    pursuits[i].candidates = candidates_for(mutants[i], baseline);
  }
  Work work;
  work.run = [&](std::size_t i, std::FILE* out) {
    hunt_one({mutants[i].mutation}, pursuits[i].candidates, limits, out);
  };
  work.line = [&](std::size_t i, const std::string& line) { pursuits[i].line(line); };
  work.end = [&](std::size_t i, Ended ended, int signal) {
    over(i, pursuits[i].end(ended, signal));
  };
  run_in_children(mutants.size(), limits.jobs, limits.seconds + patience_seconds, work);
}

Outcome hunt_unchanged(const std::vector<Candidate>& candidates, const Limits& limits) {
  Pursuit pursuit;
  for (const Candidate& candidate : candidates) pursuit.candidates.push_back(&candidate);
  std::stable_sort(pursuit.candidates.begin(), pursuit.candidates.end(),
                   [](const Candidate* a, const Candidate* b) { return a->threads < b->threads; });
  Outcome outcome;
  Work work;
  work.run = [&](std::size_t, std::FILE* out) { hunt_one({}, pursuit.candidates, limits, out); };
  work.line = [&](std::size_t, const std::string& line) { pursuit.line(line); };
  work.end = [&](std::size_t, Ended ended, int signal) { outcome = pursuit.end(ended, signal); };
  run_in_children(1, 1, limits.seconds + patience_seconds, work);
  return outcome;
}

}  // namespace faultline::gate
