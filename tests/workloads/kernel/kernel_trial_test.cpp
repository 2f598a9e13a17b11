// kernel_trial_test.cpp: the trial itself: barrier, window, and what goes wrong in a child.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <new>
#include <nlohmann/json.hpp>

#include "runner/cpus.hpp"
#include "runner/errors.hpp"
#include "runner/kernel/record.hpp"
#include "runner/kernel/trials_options.hpp"
#include "tests/workloads/kernel/trials.hpp"

namespace faultline::kernel {
namespace {

// Shared with the children, which a test starts after it.
struct Board {
  std::atomic<unsigned> prepared{0};
  std::atomic<unsigned> done{0};
  std::atomic<unsigned> finished{0};
  std::atomic<pid_t> worker{0};
};

Board& board() {
  static Board* const shared =
      new (mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
          Board;
  return *shared;
}

// A workload for a test: what it does in an operation is the argument.
template <void (*act)(KernelThread&)>
class Acts {
 public:
  struct Thread : KernelThread {};
  static WorkloadInfo info() { return {"acts", "for a test", "op", "op", 1, {}}; }
  static const char* role(unsigned, unsigned) { return "op"; }
  static const char* body() { return "act();"; }
  Acts(const ParamValues&, const KernelSetup&) {}
  void prepare(Thread&) { ++board().prepared; }
  void op(Thread& thread) { act(thread); }
  void finish(Thread&) { ++board().finished; }
};

void crash(KernelThread& thread) {
  if (thread.number == 1) raise(SIGABRT);
}
void hang(KernelThread& thread) {
  if (thread.number == 0) {
    board().worker = getpid();
    pause();
  }
}
void refuse(KernelThread& thread) {
  if (thread.number == 1) throw KernelError("the call: refused; allow it");
}
void leave(KernelThread& thread) {
  if (thread.number == 1) _exit(0);
}
void nap(KernelThread& thread) {
  if (thread.number == 1) usleep(300'000);
}
void expect_all(KernelThread&) {
  if (board().prepared != 3) throw KernelError("the window is open before all are ready; fix it");
  ++board().done;
}

template <class W>
KernelTrialResult run_acts(Mode mode, unsigned threads, std::uint64_t ops) {
  board().prepared = board().done = board().finished = 0;
  return run_kernel_trial<W>(counted_spec(W::info(), mode, threads, ops));
}

class KernelTrial : public testing::TestWithParam<Mode> {};
INSTANTIATE_TEST_SUITE_P(Modes, KernelTrial, testing::Values(Mode::threads, Mode::processes),
                         [](const auto& one) { return std::string(mode_name(one.param)); });

TEST_P(KernelTrial, NobodyEntersTheWindowBeforeAllAreReady) {
  for (int i = 0; i < 20; ++i) {
    const KernelTrialResult result = run_acts<Acts<expect_all>>(GetParam(), 3, 5);
    ASSERT_EQ(result.failure_kind, "") << result.failure;
    EXPECT_EQ(board().done, 15u);
    EXPECT_EQ(board().finished, 3u);
  }
}

TEST_P(KernelTrial, ACrashInAChildIsACrash) {
  const KernelTrialResult result = run_acts<Acts<crash>>(GetParam(), 2, 5);
  EXPECT_EQ(result.failure_kind, "crash");
  EXPECT_NE(result.failure.find("signal 6"), std::string::npos) << result.failure;
}

TEST_P(KernelTrial, AProcessThatLeavesItsTrialIsACrash) {
  const KernelTrialResult result = run_acts<Acts<leave>>(GetParam(), 2, 5);
  EXPECT_EQ(result.failure_kind, "crash");
}

TEST_P(KernelTrial, AHangIsADeadlineAndNoProcessIsLeft) {
  KernelTrialSpec spec = counted_spec(Acts<hang>::info(), GetParam(), 2, 5);
  spec.deadline = 0.3;
  const KernelTrialResult result = run_kernel_trial<Acts<hang>>(spec);
  EXPECT_EQ(result.failure_kind, "deadline");
  EXPECT_NE(result.failure.find("in the phase window"), std::string::npos) << result.failure;
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_P(KernelTrial, ARefusedCallIsTheEnvironmentsFailure) {
  const KernelTrialResult result = run_acts<Acts<refuse>>(GetParam(), 2, 5);
  EXPECT_EQ(result.failure_kind, "environment");
  EXPECT_EQ(result.failure, "the call: refused; allow it");
}

TEST_P(KernelTrial, AHangInATimedWindowIsADeadlineToo) {
  KernelTrialSpec spec = counted_spec(Acts<hang>::info(), GetParam(), 2, 0);
  spec.seconds = 0.05;
  spec.deadline = 0.5;
  EXPECT_EQ(run_kernel_trial<Acts<hang>>(spec).failure_kind, "deadline");
}

// A window that is a time ends by itself, though an operation may take longer than it.
TEST_P(KernelTrial, ATimedWindowEndsAndWaitsForTheLastOperation) {
  KernelTrialSpec spec = counted_spec(Acts<nap>::info(), GetParam(), 2, 0);
  spec.seconds = 0.05;
  const KernelTrialResult result = run_kernel_trial<Acts<nap>>(spec);
  ASSERT_EQ(result.failure_kind, "") << result.failure;
  EXPECT_GE(result.seconds, 0.3);
  EXPECT_LT(result.overlap, 0.9);
  EXPECT_GE(result.thread_ops[0], result.thread_ops[1]);
}

TEST_P(KernelTrial, ThreadsRunWhereTheyArePinned) {
  const int cpu = allowed_cpus().back();
  KernelTrialSpec spec = counted_spec(find_kernel_workload("pft").info, GetParam(), 2, 100);
  spec.cpus = {cpu, cpu};
  const KernelTrialResult result = find_kernel_workload("pft").run(spec);
  ASSERT_EQ(result.failure_kind, "") << result.failure;
  EXPECT_EQ(result.cpus_seen, spec.cpus);
  spec.cpus = {cpu, 8191};
  const KernelTrialResult nowhere = find_kernel_workload("pft").run(spec);
  EXPECT_EQ(nowhere.failure_kind, "environment");
  EXPECT_NE(nowhere.failure.find("cannot pin to CPU 8191"), std::string::npos) << nowhere.failure;
}

bool runs(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const std::size_t end = text.rfind(')');
  return end != std::string::npos && text[end + 2] != 'Z';
}

TEST_P(KernelTrial, ItsProcessesEndWithIt) {
  board().worker = 0;
  const pid_t control = fork();
  if (control == 0) {
    KernelTrialSpec spec = counted_spec(Acts<hang>::info(), GetParam(), 1, 5);
    run_kernel_trial<Acts<hang>>(spec);
    _exit(0);
  }
  while (board().worker == 0) usleep(1000);
  kill(control, SIGKILL);
  waitpid(control, nullptr, 0);
  int waits = 0;
  while (runs(board().worker) && ++waits < 5000) usleep(1000);
  EXPECT_FALSE(runs(board().worker));
}

// --- the command line ---

TrialsOptions options_of(const std::vector<std::string>& args) {
  TrialsOptions options;
  EXPECT_TRUE(parse_trials_options(args, options));
  return options;
}

std::string refusal(const std::vector<std::string>& args) {
  try {
    int exit = 0;
    run_trials(options_of(args), exit);
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.exit_code(), exit_code::usage);
    const std::string text = failure.what();
    EXPECT_EQ(text.find('\n'), std::string::npos);
    return text;
  }
  return "accepted";
}

TEST(KernelTrialsOptions, BadOnesAreRefusedInOneLine) {
  const auto has = [](const std::vector<std::string>& args, const char* part) {
    const std::string text = refusal(args);
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  has({}, "no --workload is given; --list");
  has({"--workload=pfd"}, "pft");
  has({"--workload=pft", "--set=pages=0"}, "is not a whole number of pages from 1 to");
  has({"--workload=pft", "--set=page=1"}, "pages");
  has({"--workload=pft", "--set=thp=3"}, "from 0 to 2");
  has({"--workload=pft", "--cpus=0,x"}, "--cpus: '0,x' is not a CPU list; give such as");
  has({"--workload=pft", "--mode=fibres"}, "--mode");
  has({"--workload=pft", "--threads=0"}, "--threads");
  has({"--workload=pft", "--ops=0"}, "--ops");
  has({"--workload=pft", "--pin=cores"}, "--pin");
  has({"--workload=pft", "--what"}, "--what");
}

TEST(KernelTrialsOptions, ARunIsARecord) {
  int exit = -1;
  const auto record = nlohmann::json::parse(
      run_trials(options_of({"--workload=pft", "--ops=200", "--trials=2", "--warmup-trials=1",
                             "--threads=2", "--mode=processes", "--deadline=20"}),
                 exit));
  EXPECT_EQ(exit, exit_code::ok);
  EXPECT_TRUE(record["failure"].is_null());
  EXPECT_EQ(record["canary_ns"].size(), 2u);
  ASSERT_EQ(record["trials"].size(), 3u);
  EXPECT_TRUE(record["trials"][0]["warmup"]);
  EXPECT_FALSE(record["trials"][0].contains("latency"));
  for (const int i : {1, 2}) {
    const auto& trial = record["trials"][static_cast<std::size_t>(i)];
    EXPECT_FALSE(trial["warmup"]);
    EXPECT_EQ(trial["ops"], 400);
    EXPECT_GE(trial["counters"]["minor_faults"], 400);
    EXPECT_GE(trial["counters"]["pgfault"], 400);  // the kernel's own, of the whole machine
    EXPECT_TRUE(trial["counters"].contains("vma_lock_success"));
    EXPECT_GT(trial["latency"]["hist"].size(), 0u);
    EXPECT_TRUE(trial["checks"].is_null());
    EXPECT_TRUE(trial["lock_offset"].is_null());
  }
}

TEST(KernelTrialsOptions, AFailedTrialIsInTheRecordAndEndsTheRun) {
  int exit = -1;
  const auto record = nlohmann::json::parse(
      run_trials(options_of({"--workload=exec_spawn", "--ops=2", "--program=/nowhere"}), exit));
  EXPECT_EQ(exit, exit_code::environment);
  EXPECT_EQ(record["failure"]["kind"], "environment");
  EXPECT_NE(std::string(record["failure"]["message"]).find("posix_spawn of /nowhere"),
            std::string::npos);
  EXPECT_EQ(record["trials"].size(), 1u);
}

TEST(KernelTrialsOptions, TheDeadlineIsOfTheWholeRun) {
  int exit = -1;
  const auto record = nlohmann::json::parse(run_trials(
      options_of({"--workload=pft", "--seconds=5", "--warmup-trials=0", "--deadline=0.2"}), exit));
  EXPECT_EQ(exit, exit_code::environment);
  EXPECT_EQ(record["failure"]["kind"], "deadline");
}

TEST(KernelTrialsOptions, TheListHasEveryWorkload) {
  int exit = -1;
  const auto list = nlohmann::json::parse(run_trials(options_of({"--list"}), exit));
  ASSERT_EQ(list.size(), all_kernel_workloads().size());
  EXPECT_EQ(list[0]["name"], "pft");
  EXPECT_EQ(list[0]["primary"], "fault");
  EXPECT_EQ(list[0]["params"][0]["name"], "pages");
}

// --- the program ---

int status_of(const std::string& args) {
  const std::string command = std::string(trials_program()) + " " + args + " >/dev/null 2>&1";
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(KernelTrialsProgram, EndsWithTheStatusOfItsRun) {
  EXPECT_EQ(status_of("--nothing"), 0);
  EXPECT_EQ(status_of("--help"), 0);
  EXPECT_EQ(status_of("--workload=exec_spawn --ops=2 --trials=1"), 0);
  EXPECT_EQ(status_of("--workload=none"), exit_code::usage);
  EXPECT_EQ(status_of("--workload=exec_spawn --ops=2 --program=/nowhere"), exit_code::environment);
}

}  // namespace
}  // namespace faultline::kernel
