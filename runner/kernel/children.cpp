// children.cpp: fork, barrier and end of a trial's processes.
#include "runner/kernel/children.hpp"

#include <fcntl.h>
#include <link.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>

#include "runner/cpus.hpp"
#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

PhaseWord* trial_phase = nullptr;

namespace {

void futex(int operation, std::uint32_t value) {
  // Not a private futex: the children have address spaces of their own.
  syscall(SYS_futex, &trial_phase->value, operation, value, nullptr, nullptr, 0);
}

std::uint64_t thread_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(time.tv_nsec);
}

struct Usage {
  rusage value{};
  Usage() { getrusage(RUSAGE_THREAD, &value); }
};

std::uint64_t grown(long before, long after) {
  return static_cast<std::uint64_t>(after - before);
}

// One child's threads, in the child.
struct Group {
  const KernelTrialSpec& spec;
  SharedTrial& shared;
  MmBody& body;
  unsigned first;
  unsigned count;
  int reports;
  pthread_barrier_t together{};
  std::atomic<unsigned> ready{0};
  std::atomic<unsigned> done{0};

  // By the last of the threads only: each report wakes the control process.
  void report(std::atomic<unsigned>& counter) {
    if (counter.fetch_add(1) + 1 != count) return;
    const char byte = 0;
    while (write(reports, &byte, 1) < 0 && errno == EINTR) {
    }
  }
};

// Of the whole mm.
unsigned all_vmas() {
  return count_vmas(nullptr, reinterpret_cast<const char*>(~std::uintptr_t{0}));
}

void note_error(ThreadSlot& slot, const char* text) {
  std::snprintf(slot.error, sizeof slot.error, "%s", text);
}

void measure(Group& group, unsigned index, ThreadSlot& slot) {
  const Usage before;
  const std::uint64_t cpu_before = thread_cpu_ns();
  slot.begin_ns = now_ns();
  slot.ops = group.body.window(index, slot.latency);
  slot.end_ns = now_ns();
  slot.cpu_ns = thread_cpu_ns() - cpu_before;
  const Usage after;
  slot.minor_faults = grown(before.value.ru_minflt, after.value.ru_minflt);
  slot.major_faults = grown(before.value.ru_majflt, after.value.ru_majflt);
  slot.voluntary_switches = grown(before.value.ru_nvcsw, after.value.ru_nvcsw);
  slot.involuntary_switches = grown(before.value.ru_nivcsw, after.value.ru_nivcsw);
  slot.zap_ns = group.body.zap_ns(index);
  slot.cpu_seen = sched_getcpu();
}

void run_thread(Group& group, unsigned index) {
  const unsigned number = group.first + index;
  ThreadSlot& slot = group.shared.slot(number);
  bool well = true;
  const auto attempt = [&](auto&& step) {
    if (!well) return;
    try {
      step();
    } catch (const std::exception& error) {
      note_error(slot, error.what());
      well = false;
    }
  };
  attempt([&] {
    if (group.spec.cpus.empty()) return;
    if (const auto refused = pin_self(group.spec.cpus[number])) {
      throw KernelError(*refused + "; choose other CPUs with --cpus, or --pin none");
    }
  });
  pthread_barrier_wait(&group.together);  // no stack is mapped any more
  attempt([&] { group.body.prepare(index, number); });
  slot.latency = Latency(group.spec.latency_interval);  // fork leaves out shared pages
  pthread_barrier_wait(&group.together);
  if (number == 0) attempt([&] { group.shared.vmas() = all_vmas(); });
  group.report(group.ready);
  SharedTrial::wait_for(Phase::window);
  attempt([&] { measure(group, index, slot); });
  group.report(group.done);
  SharedTrial::wait_for(Phase::leave);
  attempt([&] { group.body.finish(index); });
}

struct Start {
  Group* group;
  unsigned index;
};

void* enter_thread(void* start) {
  const Start& mine = *static_cast<Start*>(start);
  run_thread(*mine.group, mine.index);
  return nullptr;
}

// Makes the threads of mode threads; a process has its first one already.
void run_group(Group& group) {
  if (group.spec.mode == Mode::processes) {
    run_thread(group, 0);
    return;
  }
  std::vector<Start> starts(group.count);
  std::vector<pthread_t> threads(group.count);
  for (unsigned i = 0; i < group.count; ++i) {
    starts[i] = {&group, i};
    const int refused = pthread_create(&threads[i], nullptr, enter_thread, &starts[i]);
    if (refused == 0) continue;
    throw KernelError("no more than " + std::to_string(i) +
                      " threads can be started: " + std::strerror(refused) +
                      "; use fewer --threads or raise the limits (ulimit -u, ulimit -v)");
  }
  for (const pthread_t thread : threads) pthread_join(thread, nullptr);
}

// Brings the code of this program in, of the file that it is in. `here` is an address of it.
int populate_code(dl_phdr_info* object, std::size_t, void* here) {
#ifdef MADV_POPULATE_READ
  const auto wanted = reinterpret_cast<std::uintptr_t>(here);
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    const std::uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
    if (segment.p_type != PT_LOAD || wanted < begin || wanted >= begin + segment.p_memsz) continue;
    const std::uintptr_t first = begin / page_bytes * page_bytes;
    madvise(reinterpret_cast<void*>(first), begin + segment.p_memsz - first, MADV_POPULATE_READ);
    return 1;
  }
#endif
  return 0;
}

// fork leaves the program's own pages out of the child's page tables: without this, the window's
// first operations would bring them in. Kernels before 5.14 do not know the call.
void populate_program() {
  dl_iterate_phdr(populate_code, reinterpret_cast<void*>(&populate_program));
}

[[noreturn]] void child_main(const KernelTrialSpec& spec, SharedTrial& shared, const MakeBody& make,
                             unsigned first, unsigned count, int reports, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  populate_program();
  try {
    KernelSetup setup;
    setup.threads = count;
    setup.workers = spec.threads;
    setup.mode = spec.mode;
    setup.seed = spec.seed;
    setup.program = spec.program;
    const std::unique_ptr<MmBody> body = make(setup);
    Group group{spec, shared, *body, first, count, reports};
    pthread_barrier_init(&group.together, nullptr, count);
    run_group(group);
  } catch (const std::exception& error) {
    note_error(shared.slot(first), error.what());
    _exit(1);
  }
  _exit(0);
}

}  // namespace

SharedTrial::SharedTrial(unsigned threads)
    : bytes_(sizeof(PhaseWord) + 128 + threads * sizeof(ThreadSlot)),
      memory_(map_or_fail(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS)) {
  trial_phase = new (memory_) PhaseWord;
  vmas_ = new (memory_ + sizeof(PhaseWord)) std::uint64_t{0};
  slots_ = reinterpret_cast<ThreadSlot*>(memory_ + sizeof(PhaseWord) + 128);
  for (unsigned i = 0; i < threads; ++i) new (slots_ + i) ThreadSlot;
}

SharedTrial::~SharedTrial() {
  trial_phase = nullptr;
  munmap(memory_, bytes_);
}

void SharedTrial::set_phase(Phase phase) {
  trial_phase->value.store(static_cast<std::uint32_t>(phase));
  futex(FUTEX_WAKE, INT_MAX);
}

void SharedTrial::wait_for(Phase phase) {
  for (;;) {
    const std::uint32_t now = trial_phase->value.load();
    if (now >= static_cast<std::uint32_t>(phase)) return;
    futex(FUTEX_WAIT, now);
  }
}

Children::~Children() {
  for (Child& child : children_) {
    if (child.pid > 0) {
      kill(child.pid, SIGKILL);
      waitpid(child.pid, nullptr, 0);
    }
    close(child.reports);
  }
}

void Children::start(const KernelTrialSpec& spec, SharedTrial& shared, const MakeBody& make,
                     unsigned first, unsigned count) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    fail_call("pipe2", "raise the limit of open files (ulimit -n)");
  }
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    child_main(spec, shared, make, first, count, ends[1], parent);
  }
  close(ends[1]);
  if (pid < 0) {
    const int error = errno;
    close(ends[0]);
    errno = error;
    fail_call("fork", "use fewer --threads or raise the limit of processes (ulimit -u)");
  }
  children_.push_back({pid, ends[0], 0, false});
}

bool Children::any_gone() const {
  for (const Child& child : children_) {
    if (child.gone) return true;
  }
  return false;
}

// Waits once; false when the time is up.
bool Children::poll_reports(std::uint64_t until_ns) {
  std::vector<pollfd> fds;
  for (const Child& child : children_) {
    fds.push_back({child.gone ? -1 : child.reports, POLLIN, 0});
  }
  timespec left{};
  if (until_ns != 0) {
    const std::uint64_t now = now_ns();
    const std::uint64_t ns = until_ns > now ? until_ns - now : 0;
    left.tv_sec = static_cast<time_t>(ns / 1'000'000'000u);
    left.tv_nsec = static_cast<long>(ns % 1'000'000'000u);
  }
  const int got = ppoll(fds.data(), fds.size(), until_ns != 0 ? &left : nullptr, nullptr);
  if (got == 0) return false;
  for (std::size_t i = 0; i < fds.size() && got > 0; ++i) {
    if (fds[i].revents == 0) continue;
    char bytes[8];
    const ssize_t n = read(children_[i].reports, bytes, sizeof bytes);
    if (n > 0) children_[i].seen += static_cast<unsigned>(n);
    if (n == 0) children_[i].gone = true;
  }
  return true;
}

bool Children::wait_reports(unsigned reports, std::uint64_t until_ns) {
  for (;;) {
    bool all = true;
    for (const Child& child : children_) all = all && child.seen >= reports;
    if (all || any_gone()) return true;
    if (!poll_reports(until_ns)) return false;
  }
}

bool Children::reap(std::uint64_t until_ns, std::string& wrong) {
  const auto all_gone = [this] {
    bool all = true;
    for (const Child& child : children_) all = all && child.gone;
    return all;
  };
  while (!all_gone()) {
    if (!poll_reports(until_ns)) return false;  // the destructor ends them
  }
  for (Child& child : children_) {
    int status = 0;
    if (waitpid(child.pid, &status, 0) != child.pid) continue;
    child.pid = -1;
    if (WIFSIGNALED(status) && wrong.empty()) {
      wrong = std::string("a process of the trial was ended by signal ") +
              std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
    } else if (WIFEXITED(status) && WEXITSTATUS(status) != 0 && wrong.empty()) {
      wrong = "a process of the trial ended with status " + std::to_string(WEXITSTATUS(status));
    }
  }
  return true;
}

}  // namespace faultline::kernel
