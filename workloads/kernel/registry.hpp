// registry.hpp: the one list of kernel workloads. A new one is its header plus one line here.
#pragma once

#include <cstddef>

#include "workloads/kernel/pf_private.hpp"
#include "workloads/kernel/pft.hpp"

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

using AllKernelWorkloads = KernelWorkloadList<Pft,  //
                                              PfPrivate>;

}  // namespace faultline::kernel
