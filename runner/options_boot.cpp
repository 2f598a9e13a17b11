// options_boot.cpp: options, help and examples of the commands that boot kernels.
#include "runner/options_boot.hpp"

#include "runner/kernel/boot.hpp"

namespace faultline {

namespace {

constexpr const char* boot_examples = R"(Examples:
  faultline kernel boot --image debian:6.1 --image debian:6.12 -o boot.json
  faultline kernel boot --image base/bzImage --image ~/linux --workload pft,pf_private
  faultline kernel boot --image ~/linux --accel kvm --cpus 8 --sockets 2 --numa 2 --threads 1,8
  faultline kernel boot --image ~/linux --accel tcg --cpus 4 --cmdline "transparent_hugepage=never"

Every round boots every kernel afresh, in random order; a boot runs all workloads. With --accel
icount (default) a figure is a number of instructions, repeats from boot to boot, and two machines
run side by side; needs QEMU (Debian: qemu-system-x86).

Exit codes: 0 done; 1 a kernel panicked, hung or did not boot; 2 usage, or an image that is no
kernel; 3 other runs failed; 4 this environment cannot do it; 130 interrupted, with every finished
boot in the file.)";

constexpr const char* bisect_examples = R"(Examples:
  faultline kernel bisect --good v6.3 --image v6.4,v6.5,v6.6 --bad v6.7 --workload pft
  git bisect run sh -c 'make -j8 bzImage || exit 125;
      faultline kernel bisect --tree . --good /tmp/base.bzImage --workload pft'

A kernel is bad when an operation costs more than on --good, by more than the threshold.
Exit codes of a list: 0 --bad is not worse; 1 the first bad kernel is named; 2 usage; 3 kernels that
cannot be tested hide it; 4 this environment cannot do it. Of --tree: 0 good; 1 bad; 125 cannot be
tested; 255 (git stops) nothing can be. A mistyped option ends with 2, which git takes for bad: try
the command by hand first.)";

void add_machine(CLI::App& app, kernel::BootOptions& o) {
  app.add_option("--accel", o.vm.accel,
                 "icount (default): emulated, one instruction is one nanosecond | tcg: emulated | "
                 "kvm");
  app.add_option("--cpus", o.vm.cpus, "CPUs of the machine; default: 1");
  app.add_option("--sockets", o.vm.sockets, "they are dealt to so many; default: 1");
  app.add_option("--numa", o.vm.numa, "nodes, CPUs and memory dealt evenly; default: 1");
  app.add_option("--memory", o.vm.memory_mib, "MiB; default: 512");
  app.add_option("--cmdline", o.vm.cmdline, "more of the kernel's command line");
  app.add_option("--qemu", o.vm.qemu, "its program; default: qemu-system-x86_64");
  app.add_option("--mode", o.mode, "threads (default): one mm | processes: one each, the control");
  app.add_option("--threads", o.threads, "thread counts, by commas; default: 1")->delimiter(',');
  app.add_option("--rounds", o.rounds, "boots of each kernel; default: icount 2, else 10");
  app.add_flag("--trace", o.trace, "one more trial a run, with tracepoints: mmap_lock");
  app.add_flag("--vary-seed", o.vary_seed,
               "other addresses and slabs in each round: what chance in the guest is worth");
  app.add_option("--trials", o.trials, "windows in a run; default: 3");
  app.add_option("--ops", o.ops, "operations of each thread in a window; default with icount");
  app.add_option("--seconds", o.seconds, "length of a window; default without icount: 0.3");
  app.add_option("--set", o.set, "a workload's parameter, NAME=VALUE; may be repeated");
  app.add_option("--seed", o.seed, "of the order; default: drawn");
  app.add_option("--deadline", o.deadline,
                 "seconds after which a run counts as hung; default: 120");
  app.add_option("--boot-deadline", o.boot_deadline,
                 "seconds after which a kernel counts as not booting; default: 120");
  app.add_flag("--quiet", o.quiet, "no progress and no table, only errors");
}

}  // namespace

void BootCommands::add(CLI::App& kernel) {
  boot = kernel.add_subcommand("boot", "boot kernels in QEMU, side by side, and measure them");
  boot->footer(boot_examples);
  boot->add_option("--image", boot_options.images,
                   "a bzImage, a build tree, debian:6.12, or running; the first one is the base")
      ->delimiter(',');
  boot->add_option("--workload", boot_options.workloads, "workloads, by commas; default: all")
      ->delimiter(',');
  add_machine(*boot, boot_options);
  boot->add_option("-o,--output", boot_options.output, "result file; default: faultline-TIME.json");

  bisect = kernel.add_subcommand("bisect", "find the kernel that made a workload dearer");
  bisect->footer(bisect_examples);
  bisect->add_option("--good", bisect_options.good, "a kernel that is good");
  bisect->add_option("--bad", bisect_options.bad, "a later one that is bad");
  bisect->add_option("--image", bisect_options.between, "those between, in order, by commas")
      ->delimiter(',');
  bisect->add_option("--tree", bisect_options.tree,
                     "a build tree in place of --bad: one step of git bisect run");
  bisect->add_option("--workload", bisect_options.workload, "the one that shows it");
  bisect->add_option("--threshold", bisect_options.threshold,
                     "how much more is bad; default: icount 0.2%, else 5%");
  add_machine(*bisect, bisect_options.boot);
}

int BootCommands::carry_out(const std::vector<std::string>& argv) const {
  return *boot ? kernel::run_boot(boot_options, argv) : kernel::run_bisect(bisect_options);
}

}  // namespace faultline
