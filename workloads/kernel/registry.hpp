// registry.hpp: the one list of kernel workloads. A new one is its header plus one line here.
#pragma once

#include <cstddef>

#include "workloads/kernel/brk.hpp"
#include "workloads/kernel/exec_spawn.hpp"
#include "workloads/kernel/fork_many_vmas.hpp"
#include "workloads/kernel/madvise_dontneed.hpp"
#include "workloads/kernel/maps_scan.hpp"
#include "workloads/kernel/mixed.hpp"
#include "workloads/kernel/mmap_munmap.hpp"
#include "workloads/kernel/mmap_populate.hpp"
#include "workloads/kernel/mprotect_same_vma.hpp"
#include "workloads/kernel/mremap.hpp"
#include "workloads/kernel/page_fault1.hpp"
#include "workloads/kernel/pf_cow.hpp"
#include "workloads/kernel/pf_private.hpp"
#include "workloads/kernel/pf_shared_file.hpp"
#include "workloads/kernel/pf_vs_mprotect.hpp"
#include "workloads/kernel/pft.hpp"
#include "workloads/kernel/stack_growth.hpp"
#include "workloads/kernel/thread_storm.hpp"
#include "workloads/kernel/userfaultfd.hpp"

namespace faultline::kernel {

template <class... Workloads>
struct KernelWorkloadList {
  static constexpr std::size_t size = sizeof...(Workloads);
  // Calls use.template operator()<W>() for each workload W.
  template <class Use>
  static void each(Use use) {
    (use.template operator()<Workloads>(), ...);
  }
};

using AllKernelWorkloads = KernelWorkloadList<Pft,              //
                                              PageFault1,       //
                                              PfPrivate,        //
                                              PfVsMprotect,     //
                                              PfSharedFile,     //
                                              PfCow,            //
                                              StackGrowth,      //
                                              Userfaultfd,      //
                                              MmapMunmap,       //
                                              MmapPopulate,     //
                                              MprotectSameVma,  //
                                              MadviseDontneed,  //
                                              Mremap,           //
                                              Brk,              //
                                              Mixed,            //
                                              MapsScan,         //
                                              ForkManyVmas,     //
                                              ThreadStorm,      //
                                              ExecSpawn>;

}  // namespace faultline::kernel
