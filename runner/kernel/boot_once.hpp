// boot_once.hpp: one boot of one kernel: a job in, records and the console's end out.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runner/kernel/image.hpp"
#include "runner/kernel/qemu.hpp"

namespace faultline::kernel {

struct GuestRun {
  int id = 0;
  std::vector<std::string> args;  // of faultline-kernel-trials
};

struct BootTimes {
  double boot_s = 120;  // until the first frame
  double run_s = 120;   // of each run, on the host's clock
  double settle_s = 5;  // on the guest's clock: how long to wait for it to become quiet
};

struct Booted {
  nlohmann::ordered_json hello;                   // null: it never said a word
  std::map<int, nlohmann::ordered_json> records;  // by GuestRun::id
  std::string failure;                            // empty: all runs came back
  std::string dump;                               // the end of the console, where it failed
  bool refused = false;                           // QEMU did not even start the machine
  bool interrupted = false;
  double first_run_s = 0;  // from QEMU's start to the first run
  double wall_s = 0;
};

// The root file system of the guest. `program`: the file of faultline-kernel-trials.
std::string make_initramfs(const KernelImage& image, const std::string& program,
                           const std::vector<GuestRun>& runs, const BootTimes& times,
                           const std::string& accel);

// Boots, reads, and ends the machine. `begun` hears of every run that begins.
Booted boot_once(const std::string& qemu, const VmOptions& options, const KernelImage& image,
                 const std::string& initramfs, std::size_t runs, const BootTimes& times,
                 const std::function<void(int)>& begun = {});

}  // namespace faultline::kernel
