// guest.cpp: process 1 of a virtual machine.
#include "runner/kernel/guest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/module.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "runner/kernel.hpp"
#include "runner/kernel/stream.hpp"
#include "runner/sysfs.hpp"

namespace faultline::kernel {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* program = "/init";
constexpr int record_fd = 3;
constexpr std::size_t errors_max = 16 * 1024;
constexpr double grace_s = 5;

double now_s() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void sleep_ms(long ms) {
  const timespec pause{ms / 1000, (ms % 1000) * 1'000'000};
  nanosleep(&pause, nullptr);
}

// What a kernel does not have, a workload does without; it says so itself.
void mount_all() {
  struct Mount {
    const char* type;
    const char* where;
  };
  for (const Mount one : {Mount{"devtmpfs", "/dev"}, Mount{"proc", "/proc"}, Mount{"sysfs", "/sys"},
                          Mount{"tmpfs", "/tmp"}, Mount{"tmpfs", "/dev/shm"},
                          Mount{"tracefs", "/sys/kernel/tracing"}}) {
    mkdir(one.where, 0755);
    mount(one.type, one.where, one.type, 0, nullptr);
  }
}

// In the order of their names, which the host chose so that each finds what it needs.
void load_modules() {
  for (const std::string& name : list_directory(guest_modules)) {
    const std::string path = std::string(guest_modules) + "/" + name;
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    const int flags = name.ends_with(".ko") ? 0 : MODULE_INIT_COMPRESSED_FILE;
    if (syscall(SYS_finit_module, fd, "", flags) != 0 && errno != EEXIST) {
      fmt::print(stderr, "faultline: module {}: {}\n", name, std::strerror(errno));
    }
    close(fd);
  }
}

// The port by its name; a second serial port, which needs no driver but the console's, without it.
class Port {
 public:
  Port() {
    for (int tries = 0; tries < 20 && fd_ < 0; ++tries) {
      fd_ = open_virtio();
      if (fd_ < 0 && access("/sys/class/virtio-ports", F_OK) != 0) break;
      if (fd_ < 0) sleep_ms(10);  // the driver makes its node a little later
    }
    virtio_ = fd_ >= 0;
    if (virtio_) return;
    fd_ = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios settings{};
    if (fd_ >= 0 && tcgetattr(fd_, &settings) == 0) {
      cfmakeraw(&settings);
      cfsetspeed(&settings, B115200);
      tcsetattr(fd_, TCSANOW, &settings);
    }
  }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  ~Port() { close(fd_); }

  [[nodiscard]] const char* name() const { return virtio_ ? "virtio-serial" : "ttyS1"; }

  void send(const char* kind, const Json& payload) {
    const auto replace = Json::error_handler_t::replace;
    const std::string text =
        frame_text(sequence_++, {kind, payload.dump(-1, ' ', /*ensure_ascii=*/true, replace)});
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t n = write(fd_, text.data() + done, text.size() - done);
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (n <= 0) return;  // the host sees a stream cut short
      done += static_cast<std::size_t>(n);
    }
    if (!virtio_) tcdrain(fd_);
  }

 private:
  static int open_virtio() {
    const std::string folder = "/sys/class/virtio-ports";
    for (const std::string& port : list_directory(folder)) {
      if (read_line(folder + "/" + port + "/name") != guest_port) continue;
      return open(("/dev/" + port).c_str(), O_RDWR | O_CLOEXEC);
    }
    return -1;
  }

  int fd_ = -1;
  bool virtio_ = false;
  std::uint64_t sequence_ = 0;
};

// What the kernel has done since boot, in figures that grow with every piece of work.
struct Work {
  std::uint64_t switches = 0;
  std::uint64_t busy_ticks = 0;

  static Work read() {
    Work work;
    std::istringstream stat(read_text("/proc/stat").value_or(""));
    for (std::string line; std::getline(stat, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      if (name == "ctxt") words >> work.switches;
      if (name != "cpu") continue;
      std::uint64_t ticks = 0;
      for (int field = 0; words >> ticks; ++field) {
        if (field != 3 && field != 4) work.busy_ticks += ticks;  // idle, iowait
      }
    }
    return work;
  }
};

// Returns after half a second with hardly a context switch, or at the deadline. Seconds it took;
// negative: it never became quiet.
double wait_until_quiet(double deadline_s) {
  constexpr int intervals = 5;
  constexpr long interval_ms = 100;
  constexpr std::uint64_t switches_max = 20;  // our own two, ticks of RCU and workqueues
  constexpr std::uint64_t ticks_max = 2;
  const double begin = now_s();
  for (int quiet = 0; now_s() - begin < deadline_s;) {
    const Work before = Work::read();
    sleep_ms(interval_ms);
    const Work after = Work::read();
    const bool calm = after.switches - before.switches <= switches_max &&
                      after.busy_ticks - before.busy_ticks <= ticks_max;
    quiet = calm ? quiet + 1 : 0;
    if (quiet == intervals) return now_s() - begin;
  }
  return -1;
}

// What an earlier run left in caches and slabs costs the next one other instructions.
void drop_caches() {
  sync();
  const int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, "3", 1) != 1) fmt::print(stderr, "faultline: caches are not dropped\n");
  close(fd);
}

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() {
    int fd[2] = {-1, -1};
    if (pipe2(fd, O_CLOEXEC) != 0) return;
    read_end = fd[0];
    write_end = fd[1];
  }
};

// Appends what is there; closes the pipe at its end.
void drain(int& fd, std::string& text, std::size_t most) {
  char block[16384];
  const ssize_t n = read(fd, block, sizeof block);
  if (n > 0) {
    text.append(block, static_cast<std::size_t>(n));
    if (text.size() > most) text.erase(0, text.size() - most);
  } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
    close(fd);
    fd = -1;
  }
}

[[noreturn]] void exec_run(const Json& args, int record, int errors) {
  std::vector<std::string> words{program};
  for (const Json& word : args) words.push_back(word.get<std::string>());
  words.push_back(fmt::format("--record-fd={}", record_fd));
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  setpgid(0, 0);
  dup2(errors, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  if (record == record_fd) {
    fcntl(record, F_SETFD, 0);
  } else {
    dup2(record, record_fd);
  }
  execv(program, pointers.data());
  _exit(127);
}

Json run_one(const Json& run) {
  Pipe record;
  Pipe errors;
  const double begin = now_s();
  const pid_t pid = fork();
  if (pid == 0) exec_run(run["args"], record.write_end, errors.write_end);
  close(record.write_end);
  close(errors.write_end);
  const double limit_s = run["deadline_s"].get<double>() + grace_s;
  std::string said;
  std::string wrong;
  bool killed = false;
  while (record.read_end >= 0 || errors.read_end >= 0) {
    pollfd polled[2] = {{record.read_end, POLLIN, 0}, {errors.read_end, POLLIN, 0}};
    if (!killed && now_s() - begin > limit_s) {
      kill(-pid, SIGKILL);
      killed = true;
    }
    if (poll(polled, 2, 200) <= 0) continue;
    if (polled[0].revents != 0) drain(record.read_end, said, ~std::size_t{0});
    if (polled[1].revents != 0) drain(errors.read_end, wrong, errors_max);
  }
  int status = 0;
  rusage usage{};
  while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  kill(-pid, SIGKILL);  // children of its own that it left
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  Json json = {{"id", run["id"]}, {"pid", pid}, {"wall_s", now_s() - begin}};
  json["exit"] = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  json["killed"] = killed;
  json["nvcsw"] = usage.ru_nvcsw;
  json["nivcsw"] = usage.ru_nivcsw;
  json["record"] = said;
  json["errors"] = wrong;
  return json;
}

Json hello(const Port& port, double quiet_s, double boot_s) {
  return {{"port", port.name()},
          {"boot_s", boot_s},
          {"quiet_s", quiet_s < 0 ? Json(nullptr) : Json(quiet_s)},
          {"cpus", sysconf(_SC_NPROCESSORS_ONLN)},
          {"kernel", kernel_json()}};
}

}  // namespace

void run_guest() {
  mount_all();
  const double boot_s = now_s();
  load_modules();
  Port port;
  const Json job =
      Json::parse(read_text(guest_job).value_or(""), nullptr, /*allow_exceptions=*/false);
  if (!job.is_discarded()) {
    const double quiet_s = wait_until_quiet(job["settle_s"].get<double>());
    port.send("hello", hello(port, quiet_s, boot_s));
    std::uint64_t done = 0;
    for (const Json& run : job["runs"]) {
      port.send("begin", {{"id", run["id"]}});
      drop_caches();
      wait_until_quiet(job["settle_s"].get<double>());
      port.send("record", run_one(run));
      ++done;
    }
    port.send("end", {{"runs", done}});
  }
  sync();
  reboot(RB_POWER_OFF);
  for (;;) pause();  // a kernel without ACPI halts, and the host ends the machine
}

}  // namespace faultline::kernel
