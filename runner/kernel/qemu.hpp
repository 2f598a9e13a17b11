// qemu.hpp: one virtual machine, from its start to its end.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace faultline::kernel {

struct VmOptions {
  std::string qemu = "qemu-system-x86_64";
  std::string accel = "icount";  // kvm | tcg | icount
  int cpus = 1;
  int sockets = 1;
  int memory_mib = 512;
  int numa = 1;         // nodes; CPUs and memory are dealt to them evenly
  std::string cmdline;  // more of the kernel's
  int seed = 1;         // of all that is random in the guest
};

inline constexpr int memory_mib_min = 128;

// Throws Failure: usage for values that contradict each other, environment where this host has no
// such accelerator, too little memory, or no QEMU. Returns where QEMU is.
std::string check_vm(const VmOptions& options);

// The command line without its first word. The machine finds its root file system, console and
// frames at the file descriptors guest_fds.
std::vector<std::string> qemu_args(const VmOptions& options, const std::string& kernel);

// The kernel's own command line.
std::string kernel_cmdline(const VmOptions& options);

// A running QEMU. It ends with this object, and with this process, whatever ends that.
class Vm {
 public:
  Vm(const std::string& qemu, const VmOptions& options, const std::string& kernel,
     const std::string& initramfs);
  Vm(const Vm&) = delete;
  Vm& operator=(const Vm&) = delete;
  ~Vm();

  // Waits for something to read, for so long at most; appends what there is. False: QEMU has closed
  // everything, that is, it has ended.
  bool read(int timeout_ms, std::string& frames);
  void stop();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& console() const { return console_; }
  [[nodiscard]] const std::string& errors() const { return errors_; }

 private:
  void start(const std::string& qemu, const std::vector<std::string>& args, int initramfs);

  pid_t pid_ = -1;
  int console_fd_ = -1;
  int frames_fd_ = -1;
  int errors_fd_ = -1;
  std::string console_;  // its end
  std::string errors_;   // what QEMU says itself
};

}  // namespace faultline::kernel
