// machine_file_test.cpp: profiles: what is refused and with which words, what comes back from a
// text that was written, the machines that are shipped, and where their CPUs lie.
#include "simulator/machine_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace faultline::simulator {
namespace {

using testing::HasSubstr;

const std::string folder = std::string(FL_SOURCE_ROOT) + "/simulator/machines";

std::string path(const std::string& name) {
  return folder + "/" + name + ".toml";
}

MachineFile small() {
  MachineFile file;
  for (const char* table : {"topology", "core", "transfer", "read", "window", "arbitration",
                            "atomics", "prefetch", "scheduler", "rcu", "fault"}) {
    file.sources[table] = "invented for a test";
  }
  file.machine.name = "small";
  file.machine.summary = "two cores";
  file.machine.cores_per_cluster = 2;
  file.machine.core.rmw = 5500;
  return file;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string error_of(const std::string& text, const std::vector<std::string>& set = {}) {
  try {
    parse_machine(text, "small.toml", set);
  } catch (const MachineError& error) {
    return error.what();
  }
  return "no error";
}

// What is said when this text of a good file is replaced by that.
std::string error_after(const std::string& from, const std::string& to) {
  return error_of(replaced(machine_text(small()), from, to));
}

TEST(MachineFile, ComesBackAsItWasWritten) {
  MachineFile file = small();
  Machine& machine = file.machine;
  machine.summary = "a \"quote\", a \\ and\na line";
  machine.calibrated = Machine::Calibrated::partly;
  machine.made_up = true;
  machine.sockets = 2;
  machine.clusters_per_node = 3;
  machine.siblings_first = true;
  machine.spread = Machine::Spread::sockets;
  machine.core.hit = 1;
  machine.core.store = 50'001;
  machine.core.acquire = 999'999'999'999;
  machine.window.hold = 16;
  machine.arbitration = Machine::Arbitration::nearest;
  machine.bypass_limit = 9;
  machine.far_atomics = true;
  machine.far_atomic = 9001;
  machine.pair_prefetch = true;
  machine.fault.counter_batch = 35;
  const std::string text = machine_text(file);
  const MachineFile back = parse_machine(text, "small.toml");
  EXPECT_EQ(machine_text(back), text);
  EXPECT_EQ(back.sources, file.sources);
  EXPECT_EQ(back.machine.summary, machine.summary);
  EXPECT_EQ(back.machine.calibrated, Machine::Calibrated::partly);
  EXPECT_EQ(back.machine.spread, Machine::Spread::sockets);
  EXPECT_EQ(back.machine.arbitration, Machine::Arbitration::nearest);
  EXPECT_EQ(back.machine.core.acquire, 999'999'999'999u);
  EXPECT_EQ(back.machine.core.store, 50'001u);
  EXPECT_EQ(back.machine.fault.counter_batch, 35u);
  EXPECT_TRUE(back.machine.made_up && back.machine.far_atomics && back.machine.pair_prefetch);
}

TEST(MachineFile, TimesAreExact) {
  // 0.1 and 10.836 have no exact double.
  for (const auto& [ns, ps] : std::map<std::string, Picoseconds>{{"0.1", 100},
                                                                 {"10.836", 10'836},
                                                                 {"7", 7'000},
                                                                 {"0.001", 1},
                                                                 {"1e3", 1'000'000},
                                                                 {"3000000.007", 3'000'000'007}}) {
    const std::string text = replaced(machine_text(small()), "rmw_ns = 5.5", "rmw_ns = " + ns);
    EXPECT_EQ(parse_machine(text, "file").machine.core.rmw, ps) << ns;
  }
  EXPECT_THAT(error_after("5.5", "5.5001"), HasSubstr("core.rmw_ns is finer than a picosecond"));
}

TEST(MachineFile, ValuesMayBeReplaced) {
  const std::string text = machine_text(small());
  const MachineFile file = parse_machine(
      text, "file", {"core.rmw_ns=7.25", "prefetch.pair=true", "arbitration.policy=fifo"});
  EXPECT_EQ(file.machine.core.rmw, 7'250u);
  EXPECT_TRUE(file.machine.pair_prefetch);
  EXPECT_EQ(file.machine.arbitration, Machine::Arbitration::fifo);
  EXPECT_EQ(file.sources.at("core.rmw_ns"), "set on the command line");
  EXPECT_THAT(error_of(text, {"core.rmw"}), HasSubstr("write TABLE.KEY=VALUE"));
  EXPECT_THAT(error_of(text, {"core.rmv_ns=1"}), HasSubstr("did you mean core.rmw_ns?"));
  EXPECT_THAT(error_of(text, {"core.rmw_ns=fast"}), HasSubstr("is no value"));
}

TEST(MachineFile, UnknownKeysAreRefusedWithTheNearestOne) {
  const std::string error = error_after("rmw_ns = 5.5", "rmv_ns = 5.5");
  EXPECT_THAT(error, testing::StartsWith("small.toml:"));
  EXPECT_THAT(error, HasSubstr("no key 'core.rmv_ns'; did you mean core.rmw_ns?"));
  EXPECT_THAT(error_after("summary =", "sumary ="), HasSubstr("did you mean summary?"));
  EXPECT_THAT(error_after("[window]", "[windows]"), HasSubstr("did you mean window?"));
  EXPECT_THAT(error_after("\"fault\" =", "\"fault.lru_bach\" ="),
              HasSubstr("no 'fault.lru_bach' that could have a source; did you mean "
                        "\"fault.lru_batch\"?"));
}

TEST(MachineFile, MissingKeysAreRefused) {
  EXPECT_THAT(error_after("home_remote_ns = 0\n", ""),
              HasSubstr("transfer.home_remote_ns is missing"));
  EXPECT_THAT(error_after("calibrated = \"no\"\n", ""), HasSubstr("calibrated is missing"));
  EXPECT_THAT(error_of("name = \"small\"\n"), HasSubstr("summary is missing"));
  EXPECT_THAT(error_of("arbitration = 5\n"), HasSubstr("no key 'arbitration' here"));
}

TEST(MachineFile, EveryValueHasASource) {
  MachineFile file = small();
  file.sources.erase("prefetch");
  file.sources["prefetch.pair"] = "a test";
  EXPECT_EQ(error_of(machine_text(file)), "no error");
  file.sources.erase("topology");
  EXPECT_THAT(error_of(machine_text(file)), HasSubstr("topology.sockets has no source"));
  EXPECT_THAT(error_after("\"invented for a test\"", "\"\""), HasSubstr("has no source"));
  EXPECT_THAT(error_after("\"core\" = ", "core.rmw_ns = "), HasSubstr("has no source"));
}

TEST(MachineFile, WrongValuesAreRefused) {
  for (const char* wrong : {"nan", "inf", "\"5\"", "[5]", "-1", "1e13"}) {
    EXPECT_THAT(error_after("rmw_ns = 5.5", std::string("rmw_ns = ") + wrong),
                HasSubstr("core.rmw_ns is no time"))
        << wrong;
  }
  for (const char* wrong : {"-1", "1.5", "true"}) {
    EXPECT_THAT(error_after("lru_batch = 0", std::string("lru_batch = ") + wrong),
                HasSubstr("fault.lru_batch is no number"))
        << wrong;
  }
  EXPECT_THAT(error_after("pair = false", "pair = 1"), HasSubstr("neither true nor false"));
  EXPECT_THAT(error_after("\"random\"", "\"luck\""), HasSubstr("choose fifo, random, nearest"));
  EXPECT_THAT(error_after("\"compact\"", "3"), HasSubstr("choose compact, clusters, sockets"));
  EXPECT_THAT(error_after("calibrated = \"no\"", "calibrated = \"maybe\""),
              HasSubstr("choose yes, partly or no"));
  EXPECT_THAT(error_after("smt = 1", "smt = 1\nsmt = 2"), HasSubstr("correct the TOML"));
}

TEST(MachineFile, ATopologyHasOneTo1024Cpus) {
  EXPECT_THAT(error_after("smt = 1", "smt = 0"), HasSubstr("a part that is 0"));
  EXPECT_EQ(error_after("cores_per_cluster = 2", "cores_per_cluster = 1024"), "no error");
  EXPECT_THAT(error_after("cores_per_cluster = 2\nsmt = 1", "cores_per_cluster = 513\nsmt = 2"),
              HasSubstr("over 1024 CPUs"));
  EXPECT_THAT(
      error_after("sockets = 1\nnodes_per_socket = 1", "sockets = 65536\nnodes_per_socket = 65536"),
      HasSubstr("over 1024 CPUs"));
}

class MachineFolder : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string put(const std::string& file, const std::string& text) const {
    std::ofstream(folder_ / file) << text;
    return (folder_ / file).string();
  }
  static std::string load_error(const std::string& file) {
    try {
      load_machine(file);
    } catch (const MachineError& error) {
      return error.what();
    }
    return "no error";
  }
  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) /
      (std::string("faultline_machines_") +
       testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(MachineFolder, AMachineIsCalledWhatItsFileIsCalled) {
  const std::string text = machine_text(small());
  EXPECT_EQ(load_machine(put("small.toml", text)).name, "small");
  EXPECT_THAT(load_error(put("large.toml", text)), HasSubstr("name is 'small'; call it 'large'"));
}

TEST_F(MachineFolder, ListsItsMachinesInOrder) {
  for (const char* file : {"b.toml", "a-2s.toml", "readme.md", "c.toml.orig"}) put(file, "");
  EXPECT_EQ(machine_names(folder_.string()), (std::vector<std::string>{"a-2s", "b"}));
  EXPECT_THAT(load_error((folder_ / "none.toml").string()), HasSubstr("cannot be read"));
  EXPECT_THAT(load_error(folder_.string()), HasSubstr("cannot be read"));
}

TEST(ShippedMachines, LoadAndComeBack) {
  const std::vector<std::string> names = machine_names(folder);
  EXPECT_THAT(names,
              testing::IsSupersetOf({"skl4", "icl4", "graviton2", "naples-1s", "skx-24c-1s",
                                     "bdw-2s", "bdw-10c-2s", "bdw-28c-2s", "ivb-4s", "icx-2s",
                                     "clx-2s", "spr-2s", "milan-2s", "genoa-2s", "bergamo-2s",
                                     "graviton4-2s", "altra-1s", "kunpeng920", "made-up-1024"}));
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    ASSERT_NO_THROW(load_machine(path(name)));
    const MachineFile file = load_machine_file(path(name));
    const Machine& machine = file.machine;
    const std::string text = machine_text(file);
    EXPECT_EQ(machine_text(parse_machine(text, name)), text);
    EXPECT_EQ(machine.made_up, name.find("made-up") != std::string::npos);
    EXPECT_GT(machine.transfer.cluster, 0u);
    EXPECT_GT(machine.core.rmw, 0u);
    EXPECT_GT(machine.read.memory, machine.read.cluster);
    // Two CPUs never lie in the same place.
    std::set<std::pair<unsigned, unsigned>> seen;
    for (unsigned cpu = 0; cpu < machine.cpus(); ++cpu) {
      const Place at = place(machine, cpu);
      EXPECT_LT(at.socket, machine.sockets);
      EXPECT_TRUE(seen.emplace(at.core, at.thread).second);
    }
  }
}

using Borders = std::map<unsigned, std::string>;

Borders borders_of(const std::string& name) {
  Borders result;
  for (const Border& border : borders(load_machine(path(name)))) result[border.cpus] = border.what;
  return result;
}

TEST(ShippedMachines, ThirdCpuOfBroadwellIsTheSecondCore) {
  const Machine machine = load_machine(path("bdw-2s"));
  EXPECT_EQ(machine.cpus(), 88u);
  EXPECT_EQ(place(machine, 1).thread, 1u);
  EXPECT_EQ(place(machine, 1).core, 0u);
  EXPECT_EQ(place(machine, 2).core, 1u);
  EXPECT_EQ(place(machine, 43).socket, 0u);
  EXPECT_EQ(place(machine, 44).socket, 1u);
  EXPECT_EQ(place(machine, 87).core, 43u);
  EXPECT_EQ(borders_of("bdw-2s"), (Borders{{45, "socket"}}));
}

TEST(ShippedMachines, ThreadsOfTheKernelSeriesAlternateBetweenSockets) {
  const Machine machine = load_machine(path("bdw-28c-2s"));
  EXPECT_EQ(machine.cpus(), 56u);
  EXPECT_TRUE(machine.pair_prefetch);
  EXPECT_EQ(place(machine, 1).socket, 1u);
  EXPECT_EQ(place(machine, 28).core, 0u);
  EXPECT_EQ(place(machine, 28).thread, 1u);
  EXPECT_EQ(borders_of("bdw-28c-2s"), (Borders{{2, "socket"}, {29, "sibling"}}));
}

TEST(ShippedMachines, BergamoTakesAnotherComplexForEachThreadAndSiblingsLast) {
  const Machine machine = load_machine(path("bergamo-2s"));
  EXPECT_EQ(machine.cpus(), 512u);
  EXPECT_EQ(place(machine, 1).cluster, 16u);
  EXPECT_EQ(place(machine, 2).cluster, 1u);
  EXPECT_EQ(place(machine, 32).cluster, 0u);
  EXPECT_EQ(place(machine, 32).core, 1u);
  EXPECT_EQ(place(machine, 256).core, 0u);
  EXPECT_EQ(place(machine, 511).core, 255u);
  Borders expected{{2, "socket"}, {257, "sibling"}};
  for (unsigned cpus = 3; cpus <= 32; ++cpus) expected.try_emplace(cpus, "cluster");
  EXPECT_EQ(borders_of("bergamo-2s"), expected);
}

TEST(ShippedMachines, OneOf1024CpusIsMadeUpAndSaysSo) {
  const Machine machine = load_machine(path("made-up-1024"));
  EXPECT_EQ(machine.cpus(), 1024u);
  EXPECT_TRUE(machine.made_up);
}

}  // namespace
}  // namespace faultline::simulator
