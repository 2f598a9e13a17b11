// machine_file.cpp: reading and writing of profiles, by one table of all keys.
#include "simulator/machine_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include <toml++/toml.h>

namespace faultline::simulator {

namespace {

constexpr unsigned cpus_max = 1024;

// One key of a profile.
struct Key {
  enum class Kind : std::uint8_t { time, count, flag, word };

  const char* table;
  const char* name;
  Kind kind;
  std::function<Picoseconds&(Machine&)> time;
  std::function<unsigned&(Machine&)> count;
  std::function<bool&(Machine&)> flag;
  std::vector<const char*> words;
  std::function<unsigned(const Machine&)> word;
  std::function<void(Machine&, unsigned)> set_word;

  std::string path() const { return fmt::format("{}.{}", table, name); }
};

template <class Get>
Key time_key(const char* table, const char* name, Get get) {
  return {table, name, Key::Kind::time, get, {}, {}, {}, {}, {}};
}
template <class Get>
Key count_key(const char* table, const char* name, Get get) {
  return {table, name, Key::Kind::count, {}, get, {}, {}, {}, {}};
}
template <class Get>
Key flag_key(const char* table, const char* name, Get get) {
  return {table, name, Key::Kind::flag, {}, {}, get, {}, {}, {}};
}
template <class Enum, class Get>
Key word_key(const char* table, const char* name, std::vector<const char*> words, Get get) {
  return {table,
          name,
          Key::Kind::word,
          {},
          {},
          {},
          std::move(words),
          [get](const Machine& m) { return static_cast<unsigned>(get(const_cast<Machine&>(m))); },
          [get](Machine& m, unsigned value) { get(m) = static_cast<Enum>(value); }};
}

#define FL_TIME(table, member, name) \
  time_key(#table, #name "_ns", [](Machine& m) -> Picoseconds& { return m.table.member; })
#define FL_COUNT(table, member) \
  count_key(#table, #member, [](Machine& m) -> unsigned& { return m.table.member; })

const std::vector<Key>& keys() {
  static const std::vector<Key> all = {
      count_key("topology", "sockets", [](Machine& m) -> unsigned& { return m.sockets; }),
      count_key("topology", "nodes_per_socket",
                [](Machine& m) -> unsigned& { return m.nodes_per_socket; }),
      count_key("topology", "clusters_per_node",
                [](Machine& m) -> unsigned& { return m.clusters_per_node; }),
      count_key("topology", "cores_per_cluster",
                [](Machine& m) -> unsigned& { return m.cores_per_cluster; }),
      count_key("topology", "smt", [](Machine& m) -> unsigned& { return m.smt; }),
      flag_key("topology", "siblings_first", [](Machine& m) -> bool& { return m.siblings_first; }),
      word_key<Machine::Spread>("topology", "spread", {"compact", "clusters", "sockets"},
                                [](Machine& m) -> Machine::Spread& { return m.spread; }),
      FL_TIME(core, hit, hit),
      FL_TIME(core, store, store),
      FL_TIME(core, rmw, rmw),
      FL_TIME(core, jitter, jitter),
      FL_TIME(core, pause, pause),
      FL_TIME(core, fence, fence),
      FL_TIME(core, acquire, acquire),
      FL_TIME(core, release, release),
      FL_TIME(transfer, request, request),
      FL_TIME(transfer, cluster, cluster),
      FL_TIME(transfer, node, node),
      FL_TIME(transfer, socket, socket),
      FL_TIME(transfer, machine, machine),
      FL_TIME(transfer, home_remote, home_remote),
      FL_TIME(read, cluster, cluster),
      FL_TIME(read, memory, memory),
      FL_TIME(read, memory_remote, memory_remote),
      FL_TIME(read, invalidate_each, invalidate_each),
      FL_TIME(read, modified, modified),
      FL_TIME(window, hold, hold),
      FL_TIME(window, jitter, jitter),
      FL_TIME(window, far_hold, far_hold),
      FL_TIME(window, far_jitter, far_jitter),
      word_key<Machine::Arbitration>(
          "arbitration", "policy", {"fifo", "random", "nearest"},
          [](Machine& m) -> Machine::Arbitration& { return m.arbitration; }),
      count_key("arbitration", "bypass_limit",
                [](Machine& m) -> unsigned& { return m.bypass_limit; }),
      flag_key("atomics", "far", [](Machine& m) -> bool& { return m.far_atomics; }),
      time_key("atomics", "far_ns", [](Machine& m) -> Picoseconds& { return m.far_atomic; }),
      flag_key("prefetch", "pair", [](Machine& m) -> bool& { return m.pair_prefetch; }),
      FL_TIME(scheduler, slice, slice),
      FL_TIME(scheduler, context_switch, context_switch),
      FL_TIME(scheduler, wake, wake),
      FL_TIME(scheduler, idle_exit, idle_exit),
      FL_TIME(scheduler, syscall, syscall),
      FL_TIME(rcu, grace_period, grace_period),
      FL_TIME(rcu, callback, callback),
      FL_TIME(fault, entry, entry),
      FL_TIME(fault, work, work),
      FL_TIME(fault, clear_page, clear_page),
      FL_TIME(fault, shootdown, shootdown),
      FL_TIME(fault, shootdown_each, shootdown_each),
      FL_TIME(fault, batch_page, batch_page),
      FL_COUNT(fault, zone_batch),
      FL_COUNT(fault, lru_batch),
      FL_COUNT(fault, memcg_batch),
      FL_COUNT(fault, counter_batch),
  };
  return all;
}

// How many letters have to change; for the key that was meant.
unsigned edits(std::string_view a, std::string_view b) {
  std::vector<unsigned> row(b.size() + 1);
  for (unsigned j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    unsigned diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const unsigned above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1] ? 1u : 0u)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string nearest(const std::string& wrong, const std::vector<std::string>& known) {
  return *std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return edits(wrong, a) < edits(wrong, b);
  });
}

class Reader {
 public:
  Reader(std::string_view text, std::string file) : file_(std::move(file)) {
    try {
      root_ = toml::parse(text, file_);
    } catch (const toml::parse_error& error) {
      throw MachineError(fmt::format("{}:{}: {}; correct the TOML", file_,
                                     error.source().begin.line, error.description()));
    }
  }

  void replace(const std::string& assignment) {
    const std::size_t equals = assignment.find('=');
    const std::size_t dot = assignment.find('.');
    if (equals == std::string::npos || dot == std::string::npos || dot > equals) {
      throw MachineError(
          fmt::format("'{}' sets nothing; write TABLE.KEY=VALUE, as in "
                      "prefetch.pair=false",
                      assignment));
    }
    const std::string table = assignment.substr(0, dot);
    const std::string key = assignment.substr(dot + 1, equals - dot - 1);
    const Key& known = find(table, key, 0);
    std::string value = assignment.substr(equals + 1);
    if (known.kind == Key::Kind::word) value = '"' + value + '"';
    toml::table one;
    try {
      one = toml::parse("x = " + value);
    } catch (const toml::parse_error&) {
      throw MachineError(
          fmt::format("'{}': '{}' is no value; write a number, true or false, or a "
                      "word",
                      assignment, value));
    }
    if (!root_[table].is_table()) root_.insert(table, toml::table());
    root_[table].as_table()->insert_or_assign(key, *one.get("x"));
    replaced_.insert(known.path());
  }

  MachineFile read() {
    check_names();
    MachineFile result;
    Machine& machine = result.machine;
    machine.name = text("name");
    machine.summary = text("summary");
    machine.calibrated = calibrated();
    machine.made_up = root_["made_up"].value_or(false);
    for (const Key& key : keys()) read_key(key, machine);
    if (const toml::table* sources = root_["sources"].as_table()) {
      for (const auto& [name, source] : *sources) {
        result.sources[std::string(name.str())] = source.value_or(std::string());
      }
    }
    for (const std::string& key : replaced_) result.sources[key] = "set on the command line";
    check_sources(result.sources);
    check_topology(machine);
    return result;
  }

 private:
  [[noreturn]] void fail(std::size_t line, const std::string& what) const {
    if (line == 0) throw MachineError(fmt::format("{}: {}", file_, what));
    throw MachineError(fmt::format("{}:{}: {}", file_, line, what));
  }
  static std::size_t line_of(const toml::node& node) { return node.source().begin.line; }

  std::string text(const char* key) const {
    const auto value = root_[key].value<std::string>();
    if (!value || value->empty()) fail(0, fmt::format("{} is missing; add {} = \"...\"", key, key));
    return *value;
  }

  Machine::Calibrated calibrated() const {
    const std::string word = text("calibrated");
    for (const auto one :
         {Machine::Calibrated::yes, Machine::Calibrated::partly, Machine::Calibrated::no}) {
      if (word == simulator::name(one)) return one;
    }
    fail(line_of(*root_.get("calibrated")),
         fmt::format("calibrated: '{}' is unknown; choose yes, partly or no", word));
  }

  const Key& find(const std::string& table, const std::string& name, std::size_t line) const {
    std::vector<std::string> known;
    for (const Key& key : keys()) {
      if (table == key.table && name == key.name) return key;
      known.push_back(key.path());
    }
    const std::string path = table + "." + name;
    fail(line, fmt::format("no key '{}'; did you mean {}?", path, nearest(path, known)));
  }

  void check_names() const {
    const std::set<std::string> top = {"name", "summary", "calibrated", "made_up", "sources"};
    std::vector<std::string> known(top.begin(), top.end());
    for (const Key& key : keys()) known.emplace_back(key.table);
    for (const auto& [name, node] : root_) {
      const std::string table(name.str());
      if (top.count(table) != 0) continue;
      if (std::find(known.begin(), known.end(), table) == known.end() || !node.is_table()) {
        fail(line_of(node),
             fmt::format("no key '{}' here; did you mean {}?", table, nearest(table, known)));
      }
      for (const auto& [key, value] : *node.as_table()) {
        find(table, std::string(key.str()), line_of(value));
      }
    }
  }

  void read_key(const Key& key, Machine& machine) const {
    const toml::table* table = root_[key.table].as_table();
    const toml::node* node = table == nullptr ? nullptr : table->get(key.name);
    if (node == nullptr) fail(0, fmt::format("{} is missing; add it and its source", key.path()));
    const std::size_t line = line_of(*node);
    switch (key.kind) {
      case Key::Kind::time: {
        const auto value = node->value<double>();
        if (!value || !std::isfinite(*value) || *value < 0 || *value > 1e12) {
          fail(line, fmt::format("{} is no time; write nanoseconds, 0 or more", key.path()));
        }
        const double exact = *value * 1000;
        // A decimal fraction is off by a rounding of the value and one of the product.
        if (std::abs(exact - std::round(exact)) > 1e-6 + exact * 1e-15) {
          fail(line, fmt::format("{} is finer than a picosecond; write three decimals at most",
                                 key.path()));
        }
        key.time(machine) = static_cast<Picoseconds>(std::llround(exact));
        return;
      }
      case Key::Kind::count: {
        const auto value = node->value_exact<std::int64_t>();
        if (!value || *value < 0 || *value > 1'000'000) {
          fail(line, fmt::format("{} is no number; write a whole one, 0 or more", key.path()));
        }
        key.count(machine) = static_cast<unsigned>(*value);
        return;
      }
      case Key::Kind::flag: {
        const auto value = node->value_exact<bool>();
        if (!value) fail(line, fmt::format("{} is neither true nor false", key.path()));
        key.flag(machine) = *value;
        return;
      }
      case Key::Kind::word: {
        const std::string value = node->value_or(std::string());
        const auto word = std::find(key.words.begin(), key.words.end(), value);
        if (word == key.words.end()) {
          fail(line, fmt::format("{}: '{}' is unknown; choose {}", key.path(), value,
                                 fmt::join(key.words, ", ")));
        }
        key.set_word(machine, static_cast<unsigned>(word - key.words.begin()));
      }
    }
  }

  void check_sources(const Sources& sources) const {
    std::vector<std::string> known;
    for (const Key& key : keys()) {
      known.emplace_back(key.table);
      known.push_back(key.path());
    }
    for (const auto& [name, source] : sources) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      fail(0, fmt::format("there is no '{}' that could have a source; did you mean \"{}\"?", name,
                          nearest(name, known)));
    }
    for (const Key& key : keys()) {
      const auto has = [&](const std::string& name) {
        const auto found = sources.find(name);
        return found != sources.end() && !found->second.empty();
      };
      if (has(key.path()) || has(key.table)) continue;
      fail(0, fmt::format("{} has no source; add \"{}\" = \"...\" to [sources]", key.path(),
                          key.path()));
    }
  }

  void check_topology(const Machine& machine) const {
    const std::uint64_t parts[] = {machine.sockets, machine.nodes_per_socket,
                                   machine.clusters_per_node, machine.cores_per_cluster,
                                   machine.smt};
    std::uint64_t cpus = 1;
    for (const std::uint64_t part : parts) {
      cpus = part > cpus_max ? cpus_max + 1 : cpus * part;
    }
    if (cpus == 0) fail(0, "topology has a part that is 0; every machine has at least one of each");
    if (cpus > cpus_max)
      fail(0, fmt::format("topology has over {} CPUs; make it smaller", cpus_max));
  }

  std::string file_;
  toml::table root_;
  std::set<std::string> replaced_;
};

std::string ns_text(Picoseconds time) {
  std::string text = fmt::format("{}.{:03}", time / 1000, time % 1000);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string toml_string(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f) {
      result += fmt::format("\\u{:04x}", code);
      continue;
    }
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

}  // namespace

MachineFile parse_machine(std::string_view text, const std::string& file,
                          const std::vector<std::string>& set) {
  Reader reader(text, file);
  for (const std::string& assignment : set) reader.replace(assignment);
  return reader.read();
}

MachineFile load_machine_file(const std::string& path, const std::vector<std::string>& set) {
  std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  std::error_code error;
  if (!stream || std::filesystem::is_directory(path, error)) {
    throw MachineError(fmt::format("{}: cannot be read; check the path", path));
  }
  MachineFile file = parse_machine(text.str(), path, set);
  const std::string stem = std::filesystem::path(path).stem();
  if (file.machine.name != stem) {
    throw MachineError(fmt::format("{}: name is '{}'; call it '{}', or rename the file", path,
                                   file.machine.name, stem));
  }
  return file;
}

Machine load_machine(const std::string& path, const std::vector<std::string>& set) {
  return load_machine_file(path, set).machine;
}

std::string machine_text(const MachineFile& file) {
  Machine machine = file.machine;
  std::string text =
      fmt::format("name = {}\nsummary = {}\ncalibrated = {}\n", toml_string(machine.name),
                  toml_string(machine.summary), toml_string(name(machine.calibrated)));
  if (machine.made_up) text += "made_up = true\n";
  std::string table;
  for (const Key& key : keys()) {
    if (table != key.table) text += fmt::format("\n[{}]\n", table = key.table);
    std::string value;
    switch (key.kind) {
      case Key::Kind::time:
        value = ns_text(key.time(machine));
        break;
      case Key::Kind::count:
        value = std::to_string(key.count(machine));
        break;
      case Key::Kind::flag:
        value = key.flag(machine) ? "true" : "false";
        break;
      case Key::Kind::word:
        value = toml_string(key.words[key.word(machine)]);
        break;
    }
    text += fmt::format("{} = {}\n", key.name, value);
  }
  text += "\n[sources]\n";
  for (const auto& [name, source] : file.sources) {
    text += fmt::format("{} = {}\n", toml_string(name), toml_string(source));
  }
  return text;
}

std::vector<std::string> machine_names(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace faultline::simulator
