// progress.cpp: bar, remaining time and first figures, on standard error.
#include "runner/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>

namespace faultline {

namespace {

// Short enough for 72 columns with four designs.
std::string column_name(const Config& config) {
  if (config.cell == nullptr) return config.mode;
  std::string name = config.cell->design;
  const DesignInfo* design = find_design(name);
  if (config.cell->placement != design->placements.front()) {
    name += fmt::format("/{}", placement_name(config.cell->placement));
  }
  return name;
}

// no-color.org: set and not empty.
bool no_color() {
  const char* value = std::getenv("NO_COLOR");
  return value != nullptr && *value != '\0';
}

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

void say(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

std::string short_number(double value) {
  const char* unit = "";
  if (value >= 1e9) {
    value /= 1e9;
    unit = "G";
  } else if (value >= 1e6) {
    value /= 1e6;
    unit = "M";
  } else if (value >= 1e3) {
    value /= 1e3;
    unit = "k";
  }
  const int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}", value, digits, unit);
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

Progress::Progress(const Plan& plan, std::size_t total, std::size_t done, bool quiet)
    : plan_(plan),
      total_(total),
      done_(done),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) != 0),
      colour_(terminal_ && !no_color()) {
  if (quiet_) return;
  print_line(
      fmt::format("{} configurations x {} rounds = {} runs, each a fresh process; {} to go, "
                  "about {}",
                  plan.configs.size(), plan.design.rounds, total, total - done, remaining()));
  print_line("first run of each configuration, op/s (one run says little; wait for the table):");
  draw();
}

std::string Progress::remaining() const {
  // What runs have taken so far; before the first one, what they should take.
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  const double one = ran_ == 0 ? plan_.design.run_s() : elapsed / static_cast<double>(ran_);
  return duration_text(one * static_cast<double>(total_ - done_));
}

void Progress::run_ended(const Config& config, double ops_per_s, const std::string& failure) {
  ++done_;
  ++ran_;
  const std::string outcome =
      failure.empty() ? short_number(ops_per_s) + " op/s" : "FAILED: " + failure;
  pipe_.tell(done_, total_, config.id() + ": " + outcome);
  if (quiet_) return;
  if (!failure.empty()) {
    print_line(fmt::format("{}FAILED{} {}: {}", colour_ ? "\033[31m" : "", colour_ ? "\033[0m" : "",
                           config.id(), failure));
  }
  const std::string row = fmt::format("{:<14} t={:<4}", config.workload->name, config.threads);
  auto& figures = first_[row];
  const auto [figure, fresh] = figures.emplace(column_name(config), ops_per_s);
  const auto same_row = [&](const Config& other) {
    return other.workload == config.workload && other.threads == config.threads;
  };
  const auto wanted = std::count_if(plan_.configs.begin(), plan_.configs.end(), same_row);
  if (fresh && figures.size() == static_cast<std::size_t>(wanted)) {
    std::string line = "  " + row;
    for (const Config& other : plan_.configs) {
      if (!same_row(other)) continue;
      const std::string name = column_name(other);
      line +=
          fmt::format(" {} {}", name, figures[name] > 0 ? short_number(figures[name]) : "failed");
    }
    print_line(line);
  }
  draw();
}

void Progress::draw() {
  if (terminal_) {
    const std::size_t width = 24;
    const std::size_t filled = total_ == 0 ? width : width * done_ / total_;
    std::string bar = fmt::format("[{:<{}}] {}/{} runs, {} left", std::string(filled, '#'), width,
                                  done_, total_, remaining());
    bar.resize(std::min(bar.size(), terminal_width() - 1));
    say(fmt::format("\r{:<{}}", bar, drawn_));
    drawn_ = bar.size();
  } else {
    // In a log: a line for every tenth.
    const int tenth = total_ == 0 ? 10 : static_cast<int>(10 * done_ / total_);
    if (tenth == last_tenth_) return;
    last_tenth_ = tenth;
    if (ran_ != 0) say(fmt::format("{}/{} runs, {} left\n", done_, total_, remaining()));
  }
}

void Progress::print_line(const std::string& line) {
  if (terminal_ && drawn_ != 0) say(fmt::format("\r{:<{}}\r", "", drawn_));
  drawn_ = 0;
  say(line + "\n");
}

void Progress::end() {
  if (quiet_ || !terminal_ || drawn_ == 0) return;
  say("\n");
  drawn_ = 0;
}

}  // namespace faultline
