// ticket_lock.hpp: first come, first served; everybody waits on the one word.
//
// Source
//   The spinlock of x86 Linux 2.6.25 to 4.1 (arch/x86/include/asm/spinlock.h). Facts only, written
//   anew. Mellor-Crummey and Scott, TOCS 1991, section 2.2.
//
// Word
//   32 bits, two halves. Low: owner, the ticket that is being served. High: next, the ticket that
//   the next task will draw. Free when they are equal.
//
// Transitions
//   operation   needs   word becomes                      order
//   acquire     -       next + 1                          acquire
//   acquire     queued  -  (waits until owner == ticket)  acquire
//   release     held    owner + 1                         release
//
// Invariants
//   Each half counts modulo 2^16 for itself. What leaves `next` leaves the word. `owner` is changed
//   by its holder only, who knows it (it is the holder's ticket) and therefore adds 1, or at 0xffff
//   takes 0xffff away: no carry reaches `next`. Fewer than 2^16 tasks wait at any time, so no
//   ticket is drawn twice.
//
// Memory ordering
//   Promise: what a holder did before release is visible to the next one after acquire. release's
//   order is continued by the draws that come after it, so either the draw or the wait reads it.
//
// Known limits
//   The kernel's holder raises its half by a plain 16-bit add, which is no locked operation where
//   Linux was not built for old Pentiums; one atomic word has no such thing, so here it is a
//   read-modify-write. In user space a waiter may be preempted when its turn comes; await() of
//   those behind it then yields.
#pragma once

#include <array>
#include <cstdint>

#include "lockimpls/yardstick.hpp"
#include "platform/platform.hpp"

namespace faultline {

template <Platform P>
class TicketLock {
 public:
  struct Node {
    std::uint32_t ticket = 0;
  };

  static constexpr const char* name = "ticket";
  static constexpr const char* summary = "ticket spinlock, Linux 2.6.25 to 4.1 on x86";
  static constexpr bool excludes = true;

  void acquire(Node& node) {
    const std::uint32_t before = word_.fetch_add(one_ticket, faultline::acquire);
    const std::uint32_t ticket = next_of(before);
    node.ticket = ticket;
    if (owner_of(before) == ticket) return;
    P::await(
        "ticket: my turn", word_, [ticket](std::uint32_t word) { return owner_of(word) == ticket; },
        faultline::acquire);
  }

  void release(Node& node) {
    const std::uint32_t step = node.ticket == half_max ? 0u - half_max : 1u;
    word_.add(step, faultline::release);
  }

  bool is_idle() const {
    const std::uint32_t word = word_.load(relaxed);
    return owner_of(word) == next_of(word);
  }
  std::array<NamedWord, 2> words() const {
    const std::uint32_t word = word_.load(relaxed);
    return {{{"owner", owner_of(word)}, {"next", next_of(word)}}};
  }

 private:
  static constexpr unsigned half_bits = 16;
  static constexpr std::uint32_t half_max = (1u << half_bits) - 1;
  static constexpr std::uint32_t one_ticket = 1u << half_bits;
  static constexpr std::uint32_t owner_of(std::uint32_t word) { return word & half_max; }
  static constexpr std::uint32_t next_of(std::uint32_t word) { return word >> half_bits; }

  typename P::template Atomic<std::uint32_t> word_{0};
};

}  // namespace faultline
