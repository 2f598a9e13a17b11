// registry.hpp: the one list of scenarios. A new one is its struct plus one line here.
#pragma once

#include "checker/scenarios/address_space.hpp"
#include "checker/scenarios/first_touch.hpp"
#include "checker/scenarios/semaphore.hpp"
#include "checker/scenarios/tree_shape.hpp"
#include "checker/scenarios/word.hpp"
#include "checker/scenarios/yardstick.hpp"

namespace faultline {

// Over a lock word: each with every lock.
struct WordScenarios {
  template <class L, class Add>
  static void each(Add add) {
    using namespace scenarios;
    add.template operator()<ReadersWriter<L>>();
    add.template operator()<ThreeReadersWriter<L>>();
    add.template operator()<WriterTwice<L>>();
    add.template operator()<DetachTransient<L>>();
    add.template operator()<WriteDetached<L>>();
    add.template operator()<AttachAgain<L>>();
    add.template operator()<CountLimit<L>>();
    add.template operator()<KillableWriter<L>>();
  }
};

// Over a whole design: each with every design.
struct DesignScenarios {
  template <class D, class Add>
  static void each(Add add) {
    using namespace scenarios;
    add.template operator()<FaultMunmap<D>>();
    add.template operator()<FaultSplit<D>>();
    add.template operator()<FaultMerge<D>>();
    add.template operator()<FaultFork<D>>();
    add.template operator()<FaultExit<D>>();
    add.template operator()<RecycledVma<D>>();
    add.template operator()<ReusedVma<D>>();
    add.template operator()<MunmapFails<D>>();
    add.template operator()<FallbackConvoy<D>>();
    add.template operator()<StackGrowth<D>>();
    add.template operator()<ReadLockedMunmap<D>>();
    add.template operator()<MadviseMunmap<D>>();
    add.template operator()<StackGrownTwice<D>>();
    add.template operator()<KillableWrite<D>>();
    add.template operator()<FirstFaults<D>>();
    add.template operator()<OnePage<D>>();
    add.template operator()<NeighbourFaults<D>>();
    add.template operator()<NeighbourFaultsBefore<D>>();
    add.template operator()<NeighbourUnmapped<D>>();
    add.template operator()<MadviseFirstFault<D>>();
    add.template operator()<MergeInherits<D>>();
    add.template operator()<MergeBelow<D>>();
    add.template operator()<MapEnlarges<D>>();
    add.template operator()<MapEnlargesDown<D>>();
    add.template operator()<NextWriter<D>>();
    add.template operator()<LeafReplaced<D>>();
    add.template operator()<LeavesMerge<D>>();
    add.template operator()<LeafSplits<D>>();
  }
};

// Over mmap_lock itself, which all designs share: listed with the design that has nothing else.
struct SemaphoreScenarios {
  template <class Add>
  static void each(Add add) {
    using namespace scenarios;
    add.template operator()<SemReaderWriter>();
    add.template operator()<SemWriters>();
    add.template operator()<SemHandoff>();
    add.template operator()<SemReaderWake>();
    add.template operator()<SemDowngrade>();
    add.template operator()<SemTrylock>();
    add.template operator()<OsqCancel>();
    add.template operator()<OsqAgain>();
    add.template operator()<SemQueue>();
    add.template operator()<SemSteal>();
    add.template operator()<SemStealReader>();
    add.template operator()<SemDowngradeReaders>();
    add.template operator()<SemPromise>();
  }
};

// Over a yardstick: each with every one.
struct YardstickScenarios {
  template <class L, class Add>
  static void each(Add add) {
    using namespace scenarios;
    add.template operator()<Pairs<L>>();
    add.template operator()<PairsAgain<L>>();
    add.template operator()<PairsBesideWriter<L>>();
  }
};

}  // namespace faultline
