// registry.hpp: the one list of workloads. A new one is its header plus one line here.
#pragma once

#include <cstddef>

#include "workloads/fork_storm.hpp"
#include "workloads/mmap_churn.hpp"
#include "workloads/pair.hpp"
#include "workloads/pf_private.hpp"
#include "workloads/pf_shared.hpp"
#include "workloads/pf_vs_mprotect.hpp"
#include "workloads/thread_storm.hpp"

namespace faultline {

template <template <class> class... Workloads>
struct WorkloadList {
  static constexpr std::size_t size = sizeof...(Workloads);
  // Calls use.template operator()<W>() for each workload W.
  template <class Use>
  static void each(Use use) {
    (use.template operator()<Workloads>(), ...);
  }
};

using AllWorkloads = WorkloadList<PfShared,      //
                                  PfPrivate,     //
                                  PfVsMprotect,  //
                                  MmapChurn,     //
                                  ThreadStorm,   //
                                  ForkStorm>;

// Over a yardstick lock and no address space.
template <template <class, class> class... Workloads>
struct YardstickWorkloadList {
  static constexpr std::size_t size = sizeof...(Workloads);
  template <class Use>
  static void each(Use use) {
    (use.template operator()<Workloads>(), ...);
  }
};

using YardstickWorkloads = YardstickWorkloadList<Pair>;

}  // namespace faultline
