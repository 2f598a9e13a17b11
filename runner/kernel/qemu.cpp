// qemu.cpp: QEMU's command line, its start, its pipes, its end.
#include "runner/kernel/qemu.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "runner/errors.hpp"
#include "runner/kernel/guest.hpp"
#include "runner/sysfs.hpp"

namespace faultline::kernel {

namespace {

constexpr std::size_t console_max = 64 * 1024;
constexpr int pipe_bytes = 1 << 20;
constexpr int initramfs_fd = 3;
constexpr int console_end = 4;
constexpr int frames_end = 5;
constexpr int first_free_fd = 10;  // ours lie above those that a guest's QEMU has

// One instruction takes one nanosecond of the machine's own clock, whatever the host does. REP
// STOSB counts as one instruction for each of its bytes there, so ERMS would make a cleared page
// 4096 of them; without it a page takes 512. LA57 would add a level to every page table.
constexpr const char* emulated_cpu = "max,la57=off,erms=off,fsrm=off";

bool emulated(const VmOptions& options) {
  return options.accel != "kvm";
}

Failure wrong(const std::string& what) {
  return {exit_code::usage, what};
}

void check_accel(const VmOptions& options) {
  if (options.accel != "kvm" && options.accel != "tcg" && options.accel != "icount") {
    throw wrong(fmt::format("--accel: '{}' is none; choose kvm, tcg or icount", options.accel));
  }
  if (options.accel == "icount" && options.cpus != 1) {
    throw wrong(
        "--accel icount counts the instructions of one CPU; leave --cpus out, or choose tcg or "
        "kvm");
  }
  if (options.accel != "kvm" || access("/dev/kvm", R_OK | W_OK) == 0) return;
  throw Failure(
      exit_code::environment,
      fmt::format("--accel kvm: /dev/kvm: {}; {}, or choose --accel icount", std::strerror(errno),
                  errno == EACCES ? "add yourself to the group kvm (usermod -aG kvm)"
                                  : "load the kernel module kvm_intel or kvm_amd"));
}

/// What a guest can be given, MiB; nullopt where /proc/meminfo does not say.
std::optional<int64_t> host_memory_mib() {
  const std::string meminfo = read_text("/proc/meminfo").value_or("");
  for (const std::string_view line : split(meminfo, '\n')) {
    constexpr std::string_view name = "MemAvailable:";
    if (!line.starts_with(name)) continue;
    const std::string_view rest = trim(line.substr(name.size()));
    if (const auto kib = parse_count(rest.substr(0, rest.find(' ')))) return *kib / 1024;
  }
  return std::nullopt;
}

void check_memory(const VmOptions& options) {
  if (options.memory_mib < memory_mib_min) {
    throw wrong(fmt::format("--memory: a guest does not boot with {} MiB; give at least {}",
                            options.memory_mib, memory_mib_min));
  }
  const std::optional<int64_t> free_mib = host_memory_mib();
  if (!free_mib || *free_mib >= options.memory_mib) return;
  throw Failure(exit_code::environment,
                fmt::format("--memory: this host has {} MiB free, not {}; give less", *free_mib,
                            options.memory_mib));
}

void check_topology(const VmOptions& options) {
  constexpr int cpus_max = 255;
  if (options.cpus < 1 || options.cpus > cpus_max) {
    throw wrong(fmt::format("--cpus: {} is out of range; choose 1 to {}", options.cpus, cpus_max));
  }
  for (const auto& [name, parts] :
       {std::pair{"--sockets", options.sockets}, std::pair{"--numa", options.numa}}) {
    if (parts < 1 || parts > options.cpus || options.cpus % parts != 0) {
      throw wrong(fmt::format("{}: {} CPUs cannot be dealt evenly to {}; choose a divisor", name,
                              options.cpus, parts));
    }
  }
  if (options.memory_mib % options.numa != 0) {
    throw wrong(
        fmt::format("--memory: {} MiB cannot be dealt evenly to {} nodes; choose a multiple",
                    options.memory_mib, options.numa));
  }
}

// As execvp() looks for it.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0 ? name : "";
  const char* path = std::getenv("PATH");
  for (const std::string_view folder : split(path != nullptr ? path : "", ':')) {
    const std::string candidate = std::string(folder.empty() ? "." : folder) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

struct PipePair {
  int ours = -1;
  int theirs = -1;
};

int lifted(int fd) {
  const int higher = fcntl(fd, F_DUPFD_CLOEXEC, first_free_fd);
  close(fd);
  return higher;
}

PipePair make_pipe() {
  int fd[2] = {-1, -1};
  if (pipe2(fd, O_CLOEXEC) != 0) {
    throw Failure(exit_code::environment,
                  fmt::format("cannot make a pipe: {}; raise the limit of open files (ulimit -n)",
                              std::strerror(errno)));
  }
  fcntl(fd[1], F_SETPIPE_SZ, pipe_bytes);  // QEMU should never have to wait for us
  return {lifted(fd[0]), lifted(fd[1])};
}

// A file without a name: nothing is left of it when we are gone.
int memory_file(const std::string& content) {
  const int fd = memfd_create("initramfs", MFD_CLOEXEC);
  for (std::size_t done = 0; fd >= 0 && done < content.size();) {
    const ssize_t n = write(fd, content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  if (fd < 0 || lseek(fd, 0, SEEK_CUR) != static_cast<off_t>(content.size())) {
    throw Failure(exit_code::environment, "no memory for an initramfs; close other programs");
  }
  return lifted(fd);
}

[[noreturn]] void exec_qemu(const char* qemu, char* const* words, pid_t parent, const int* fds) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it died before it could be watched
  setpgid(0, 0);                        // Ctrl-C at the terminal is ours to answer
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(open("/dev/null", O_RDWR), STDIN_FILENO);
  dup2(fds[0], STDOUT_FILENO);
  dup2(fds[0], STDERR_FILENO);
  dup2(fds[1], initramfs_fd);
  dup2(fds[2], console_end);
  dup2(fds[3], frames_end);
  execv(qemu, words);
  _exit(127);
}

void drain(int& fd, std::string& text, std::size_t most) {
  char block[32768];
  const ssize_t n = ::read(fd, block, sizeof block);
  if (n > 0) {
    text.append(block, static_cast<std::size_t>(n));
    if (text.size() > most) text.erase(0, text.size() - most);
  } else if (n == 0 || errno != EINTR) {
    close(fd);
    fd = -1;
  }
}

}  // namespace

std::string check_vm(const VmOptions& options) {
  check_accel(options);
  check_topology(options);
  check_memory(options);
  const std::string found = find_program(options.qemu);
  if (found.empty()) {
    throw Failure(
        exit_code::environment,
        fmt::format("no {} in PATH; install QEMU (Debian: qemu-system-x86)", options.qemu));
  }
  return found;
}

std::string kernel_cmdline(const VmOptions& options) {
  // The same layout at every boot; what differs from boot to boot differs in every figure.
  std::string line =
      "console=ttyS0 loglevel=4 panic=-1 rdinit=/init nokaslr randomize_kstack_offset=off";
  // Under emulation the self-tests of the crypto code take longer than the rest of the boot, and
  // the calibration of a clock that cannot be wrong goes on behind it.
  if (emulated(options)) line += " cryptomgr.notests tsc=reliable";
  // Its calibration reads the clock for 0.1 s of the guest. With icount every reading leaves the
  // translated code: 5 s of the host, more than the rest of the boot.
  if (options.accel == "icount") line += " noapictimer";
  if (!options.cmdline.empty()) line += " " + options.cmdline;
  return line;
}

std::vector<std::string> qemu_args(const VmOptions& options, const std::string& kernel) {
  std::vector<std::string> args = {"-nodefaults", "-no-user-config", "-display", "none",
                                   "-no-reboot"};
  const auto add = [&args](const char* option, std::string value) {
    args.emplace_back(option);
    args.push_back(std::move(value));
  };
  add("-machine", "pc,hpet=off");
  if (options.accel == "kvm") {
    add("-accel", "kvm");
    add("-cpu", "host");
  } else if (options.accel == "tcg") {
    add("-accel", "tcg,thread=multi");
    add("-cpu", emulated_cpu);
  } else {
    add("-accel", "tcg,thread=single");
    add("-icount", "shift=0,sleep=off");
    add("-rtc", "base=2026-01-01T00:00:00,clock=vm");
    add("-cpu", emulated_cpu);
  }
  add("-seed", fmt::format("{}", options.seed));
  add("-m", fmt::format("{}M", options.memory_mib));
  add("-smp", fmt::format("{},sockets={},cores={},threads=1", options.cpus, options.sockets,
                          options.cpus / options.sockets));
  for (int node = 0; options.numa > 1 && node < options.numa; ++node) {
    const int share = options.cpus / options.numa;
    add("-object",
        fmt::format("memory-backend-ram,id=m{},size={}M", node, options.memory_mib / options.numa));
    add("-numa", fmt::format("node,nodeid={},memdev=m{},cpus={}-{}", node, node, node * share,
                             (node + 1) * share - 1));
  }
  add("-kernel", kernel);
  add("-initrd", fmt::format("/dev/fd/{}", initramfs_fd));
  add("-append", kernel_cmdline(options));
  add("-chardev", fmt::format("file,id=console,path=/dev/fd/{}", console_end));
  add("-serial", "chardev:console");
  // The frames come over the virtio port, or over the second serial port where a kernel has no
  // driver for the first.
  add("-chardev", fmt::format("file,id=frames_serial,path=/dev/fd/{}", frames_end));
  add("-serial", "chardev:frames_serial");
  // What the guest sends is taken at once, on the CPU's own thread: else the host's timing would
  // decide at which instruction the guest goes on.
  add("-device", "virtio-serial-pci,ioeventfd=off");
  add("-chardev", fmt::format("file,id=frames,path=/dev/fd/{}", frames_end));
  add("-device", fmt::format("virtserialport,chardev=frames,name={}", guest_port));
  return args;
}

Vm::Vm(const std::string& qemu, const VmOptions& options, const std::string& kernel,
       const std::string& initramfs) {
  start(qemu, qemu_args(options, kernel), memory_file(initramfs));
}

void Vm::start(const std::string& qemu, const std::vector<std::string>& args, int initramfs) {
  const PipePair errors = make_pipe();
  const PipePair console = make_pipe();
  const PipePair frames = make_pipe();
  std::vector<std::string> words = args;
  words.insert(words.begin(), qemu);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const int theirs[] = {errors.theirs, initramfs, console.theirs, frames.theirs};
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) exec_qemu(qemu.c_str(), pointers.data(), parent, theirs);
  for (const int fd : theirs) close(fd);
  errors_fd_ = errors.ours;
  console_fd_ = console.ours;
  frames_fd_ = frames.ours;
  if (pid_ < 0) {
    throw Failure(exit_code::environment, fmt::format("cannot start {}: {}; close other programs",
                                                      qemu, std::strerror(errno)));
  }
}

Vm::~Vm() {
  stop();
  for (const int fd : {errors_fd_, console_fd_, frames_fd_}) {
    if (fd >= 0) close(fd);
  }
}

void Vm::stop() {
  if (pid_ <= 0) return;
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);  // it may not have its group yet
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

bool Vm::read(int timeout_ms, std::string& frames) {
  pollfd polled[3] = {{frames_fd_, POLLIN, 0}, {console_fd_, POLLIN, 0}, {errors_fd_, POLLIN, 0}};
  if (poll(polled, 3, timeout_ms) > 0) {
    if (polled[0].revents != 0) drain(frames_fd_, frames, ~std::size_t{0});
    if (polled[1].revents != 0) drain(console_fd_, console_, console_max);
    if (polled[2].revents != 0) drain(errors_fd_, errors_, console_max);
  }
  return frames_fd_ >= 0 || console_fd_ >= 0 || errors_fd_ >= 0;
}

}  // namespace faultline::kernel
