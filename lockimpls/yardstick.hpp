// yardstick.hpp: the contract of a yardstick: a lock, or a counter, that guards no VMA and that
// contention curves are published for. A bench that reproduces those curves may be believed about
// the locks that nobody has measured yet.
//
//   L::Node             what one task brings along, and nobody else may use meanwhile: its node of
//                       the queue, its ticket, or nothing. Stays where it is from acquire() to
//                       release().
//   acquire(node)       returns when the task is in. Where `excludes`, it is then alone, and what
//                       those before it did before release() is visible.
//   release(node)       by the same task, with the same node
//   excludes            false: a counter, or readers among themselves; acquire() then keeps nobody
//                       else out
//   is_idle()           nobody is in or waits. For the end, when no task is at it any more.
//   words()             the words by name, for the report of a hung run
#pragma once

#include <concepts>

#include "lockimpls/lock.hpp"
#include "platform/platform.hpp"

namespace faultline {

template <class L, class P>
concept YardstickLock =
    Platform<P> && std::default_initializable<L> && std::default_initializable<typename L::Node> &&
    requires(L& lock, const L& seen, typename L::Node& node) {
      { L::name } -> std::convertible_to<const char*>;
      { L::summary } -> std::convertible_to<const char*>;
      { L::excludes } -> std::convertible_to<bool>;
      { lock.acquire(node) } -> std::same_as<void>;
      { lock.release(node) } -> std::same_as<void>;
      { seen.is_idle() } -> std::same_as<bool>;
      { seen.words()[0] } -> std::convertible_to<NamedWord>;
    };

}  // namespace faultline
