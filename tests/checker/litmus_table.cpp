// litmus_table.cpp: see litmus_table.hpp.
#include "tests/checker/litmus_table.hpp"

#include <sstream>

namespace faultline::litmus {

namespace {

constexpr Mo acq = Mo::acquire, rel = Mo::release, both = Mo::acq_rel, mb = Mo::full;

// "0 0, 0 1" as a set.
Outcomes of(const char* list) {
  Outcomes outcomes;
  std::istringstream stream(list);
  for (std::string one; std::getline(stream >> std::ws, one, ',');) outcomes.insert(one);
  return outcomes;
}

// Registers that are 0 or 1 each, in every combination but those.
Outcomes bits(unsigned count, const char* without = "") {
  Outcomes outcomes;
  for (unsigned value = 0; value < 1u << count; ++value) {
    std::string one;
    for (unsigned i = count; i-- > 0;)
      one += std::string(one.empty() ? "" : " ") + "01"[value >> i & 1u];
    outcomes.insert(one);
  }
  for (const std::string& one : of(without)) outcomes.erase(one);
  return outcomes;
}

std::vector<Litmus> message_passing() {
  const Thread read_both{read(y), read(x)};
  return {
      {"MP_relaxed", {{write(x, 1), write(y, 1)}, read_both}, bits(2), {}, {"1 0"}},
      {"MP_release_only", {{write(x, 1), write(y, 1, rel)}, read_both}, bits(2), {}, {"1 0"}},
      {"MP_acquire_only",
       {{write(x, 1), write(y, 1)}, {read(y, acq), read(x)}},
       bits(2),
       {},
       {"1 0"}},
      {"MP",
       {{write(x, 1), write(y, 1, rel)}, {read(y, acq), read(x)}},
       bits(2, "1 0"),
       {"1 0"},
       {}},
      {"MP_fences",
       {{write(x, 1), fence(rel), write(y, 1)}, {read(y), fence(acq), read(x)}},
       bits(2, "1 0"),
       {"1 0"},
       {}},
      {"MP_release_fence",
       {{write(x, 1), fence(rel), write(y, 1)}, {read(y, acq), read(x)}},
       bits(2, "1 0"),
       {"1 0"},
       {}},
      {"MP_acquire_fence",
       {{write(x, 1), write(y, 1, rel)}, {read(y), fence(acq), read(x)}},
       bits(2, "1 0"),
       {"1 0"},
       {}},
      {"MP_full_fences",
       {{write(x, 1), fence(mb), write(y, 1)}, {read(y), fence(mb), read(x)}},
       bits(2, "1 0"),
       {"1 0"},
       {}},
      // The fence orders every later store.
      {"MP_fence_covers_later_stores",
       {{write(x, 1), fence(rel), write(y, 1), write(z, 1)}, {read(z), fence(acq), read(x)}},
       bits(2, "1 0"),
       {"1 0"},
       {}},
      {"MP_fences_too_late_and_too_early",
       {{write(x, 1), write(y, 1), fence(rel)}, {fence(acq), read(y), read(x)}},
       bits(2),
       {},
       {"1 0"}},
      // The update comes before store(x) in the order of x, though the flag says it cannot.
      {"MP_to_update",
       {{write(x, 1), write(y, 1)}, {read(y), add(x, 1)}},
       of("0 0 | 1 1 0, 0 1 | 2 1 0, 1 0 | 1 1 0, 1 1 | 2 1 0"),
       {"1 0 | 2 1 0"},
       {"1 0 | 1 1 0"},
       true},
      {"MP_to_update_acquire",
       {{write(x, 1), write(y, 1, rel)}, {read(y, acq), add(x, 1)}},
       of("0 0 | 1 1 0, 0 1 | 2 1 0, 1 1 | 2 1 0"),
       {"1 0 | 1 1 0"},
       {},
       true},
  };
}

std::vector<Litmus> store_buffering() {
  return {
      {"SB_relaxed", {{write(x, 1), read(y)}, {write(y, 1), read(x)}}, bits(2), {}, {"0 0"}},
      {"SB_release_acquire",
       {{write(x, 1, rel), read(y, acq)}, {write(y, 1, rel), read(x, acq)}},
       bits(2),
       {},
       {"0 0"}},
      {"SB_one_fence",
       {{write(x, 1), fence(mb), read(y)}, {write(y, 1), read(x)}},
       bits(2),
       {},
       {"0 0"}},
      {"SB_weak_fences",
       {{write(x, 1), fence(rel), fence(acq), read(y)},
        {write(y, 1), fence(rel), fence(acq), read(x)}},
       bits(2),
       {},
       {"0 0"}},
      {"SB_full_fences",
       {{write(x, 1), fence(mb), read(y)}, {write(y, 1), fence(mb), read(x)}},
       bits(2, "0 0"),
       {"0 0"},
       {}},
      // Full updates: fences on both sides.
      {"SB_full_updates",
       {{exchange(x, 1, mb), read(y)}, {add(y, 1, mb), read(x)}},
       of("0 0 0 1, 0 1 0 0, 0 1 0 1"),
       {"0 0 0 0"},
       {}},
      {"SB_acq_rel_updates",
       {{exchange(x, 1, both), read(y)}, {add(y, 1, both), read(x)}},
       of("0 0 0 0, 0 0 0 1, 0 1 0 0, 0 1 0 1"),
       {},
       {"0 0 0 0"}},
      // Whoever updates z second synchronizes with the first.
      {"SB_updates_between",
       {{write(x, 1), add(z, 1, both), read(y)}, {write(y, 1), add(z, 1, both), read(x)}},
       of("0 0 1 1, 0 1 1 1, 1 1 0 0, 1 1 0 1"),
       {"0 0 1 0", "1 0 0 0"},
       {}},
      {"R_relaxed",
       {{write(x, 1), write(y, 1)}, {write(y, 2), read(x)}},
       of("0 | 1 1 0, 0 | 1 2 0, 1 | 1 1 0, 1 | 1 2 0"),
       {},
       {"0 | 1 2 0"},
       true},
      {"R_release_acquire",
       {{write(x, 1, rel), write(y, 1, rel)}, {write(y, 2, rel), read(x, acq)}},
       of("0 | 1 1 0, 0 | 1 2 0, 1 | 1 1 0, 1 | 1 2 0"),
       {},
       {"0 | 1 2 0"},
       true},
      {"R_full_fences",
       {{write(x, 1), fence(mb), write(y, 1)}, {write(y, 2), fence(mb), read(x)}},
       of("0 | 1 1 0, 1 | 1 1 0, 1 | 1 2 0"),
       {"0 | 1 2 0"},
       {},
       true},
      // C++20 allows 1 1. The checker follows RC11 and never shows it: what a thread reads was
      // written before, so a bug that needs load buffering is not found.
      {"LB_is_not_modelled",
       {{read(x), write(y, 1)}, {read(y), write(x, 1)}},
       bits(2, "1 1"),
       {"1 1"},
       {}},
  };
}

std::vector<Litmus> coherence() {
  return {
      {"CoWW", {{write(x, 1), write(x, 2)}}, of("| 2 0 0"), {"| 1 0 0"}, {}, true},
      {"CoRR",
       {{write(x, 1), write(x, 2)}, {read(x), read(x)}},
       of("0 0, 0 1, 0 2, 1 1, 1 2, 2 2"),
       {"1 0", "2 0", "2 1"},
       {}},
      {"CoRR_two_readers",
       {{write(x, 1)}, {write(x, 2)}, {read(x), read(x)}, {read(x), read(x)}},
       {},
       {"1 2 2 1", "2 1 1 2", "1 0 0 0"},
       {}},
      {"CoRW",
       {{read(x), write(x, 1)}, {write(x, 2)}},
       of("0 | 1 0 0, 0 | 2 0 0, 2 | 1 0 0"),
       {"2 | 2 0 0", "1 | 1 0 0"},
       {},
       true},
      {"CoWR",
       {{write(x, 1), read(x)}, {write(x, 2)}},
       of("1 | 1 0 0, 1 | 2 0 0, 2 | 2 0 0"),
       {"2 | 1 0 0", "0 | 2 0 0"},
       {},
       true},
      {"2+2W",
       {{write(x, 1), write(y, 2)}, {write(y, 1), write(x, 2)}},
       of("| 1 1 0, | 1 2 0, | 2 1 0, | 2 2 0"),
       {},
       {"| 1 1 0"},
       true},
      {"2+2W_release",
       {{write(x, 1, rel), write(y, 2, rel)}, {write(y, 1, rel), write(x, 2, rel)}},
       of("| 1 1 0, | 1 2 0, | 2 1 0, | 2 2 0"),
       {},
       {"| 1 1 0"},
       true},
      {"2+2W_full_fences",
       {{write(x, 1), fence(mb), write(y, 2)}, {write(y, 1), fence(mb), write(x, 2)}},
       of("| 1 2 0, | 2 1 0, | 2 2 0"),
       {"| 1 1 0"},
       {},
       true},
      {"S_relaxed",
       {{write(x, 2), write(y, 1)}, {read(y), write(x, 1)}},
       of("0 | 1 1 0, 0 | 2 1 0, 1 | 1 1 0, 1 | 2 1 0"),
       {},
       {"1 | 2 1 0"},
       true},
      {"S",
       {{write(x, 2), write(y, 1, rel)}, {read(y, acq), write(x, 1)}},
       of("0 | 1 1 0, 0 | 2 1 0, 1 | 1 1 0"),
       {"1 | 2 1 0"},
       {},
       true},
  };
}

std::vector<Litmus> causality() {
  const Thread x_then_y{read(x, acq), read(y, acq)}, y_then_x{read(y, acq), read(x, acq)};
  return {
      {"IRIW_acquire",
       {{write(x, 1, rel)}, {write(y, 1, rel)}, x_then_y, y_then_x},
       bits(4),
       {},
       {"1 0 1 0"}},
      {"IRIW_full_fences",
       {{write(x, 1)}, {write(y, 1)}, {read(x), fence(mb), read(y)}, {read(y), fence(mb), read(x)}},
       bits(4, "1 0 1 0"),
       {"1 0 1 0"},
       {}},
      {"WRC_relaxed",
       {{write(x, 1)}, {read(x), write(y, 1)}, {read(y), read(x)}},
       bits(3),
       {},
       {"1 1 0"}},
      // The second reader reads after the first one, by happens-before: coherence.
      {"WRC",
       {{write(x, 1)}, {read(x), write(y, 1, rel)}, {read(y, acq), read(x)}},
       bits(3, "1 1 0"),
       {"1 1 0"},
       {}},
      {"ISA2_relaxed_in_the_middle",
       {{write(x, 1), write(y, 1, rel)}, {read(y), write(z, 1)}, {read(z, acq), read(x)}},
       bits(3),
       {},
       {"1 1 0"}},
      {"ISA2",
       {{write(x, 1), write(y, 1, rel)}, {read(y, acq), write(z, 1, rel)}, {read(z, acq), read(x)}},
       bits(3, "1 1 0"),
       {"1 1 0"},
       {}},
      // The value that is read went in before one that was there: not the same as reading earlier.
      {"Early_write_is_read",
       {{write(x, 2), write(y, 1)}, {read(y), write(x, 1)}, {read(x)}},
       {},
       {},
       {"1 1 | 2 1 0"},
       true},
  };
}

std::vector<Litmus> release_sequences() {
  const Thread acquire_y{read(y, acq), read(x)};
  const Thread head{write(x, 1), write(y, 1, rel)};
  return {
      {"RS_through_update",
       {head, {add(y, 1)}, acquire_y},
       of("0 0 0, 0 0 1, 0 1 0, 0 1 1, 1 0 0, 1 0 1, 1 1 1, 1 2 1"),
       {"1 1 0", "1 2 0"},
       {}},
      {"RS_through_exchange",
       {head, {exchange(y, 2)}, acquire_y},
       of("0 0 0, 0 0 1, 0 1 1, 0 2 0, 0 2 1, 1 0 0, 1 0 1, 1 1 1, 1 2 1"),
       {"1 2 0"},
       {}},
      {"RS_through_two_updates",
       {head, {add(y, 1)}, {add(y, 1)}, acquire_y},
       {},
       {"1 2 3 0", "2 1 3 0"},
       {}},
      {"RS_through_own_update",
       {{write(x, 1), write(y, 1, rel), add(y, 1)}, acquire_y},
       of("1 0 0, 1 0 1, 1 1 1, 1 2 1"),
       {"1 2 0"},
       {}},
      {"RS_from_fence_through_update",
       {{write(x, 1), fence(rel), write(y, 1)}, {add(y, 1)}, acquire_y},
       of("0 0 0, 0 0 1, 0 1 0, 0 1 1, 1 0 0, 1 0 1, 1 1 1, 1 2 1"),
       {"1 1 0", "1 2 0"},
       {}},
      {"RS_through_update_to_fence",
       {head, {add(y, 1)}, {read(y), fence(acq), read(x)}},
       of("0 0 0, 0 0 1, 0 1 0, 0 1 1, 1 0 0, 1 0 1, 1 1 1, 1 2 1"),
       {"1 1 0", "1 2 0"},
       {}},
      {"RS_broken_by_store",
       {head, {read(y), write(y, 2)}, acquire_y},
       of("0 0 0, 0 0 1, 0 1 1, 0 2 0, 0 2 1, 1 0 0, 1 0 1, 1 1 1, 1 2 0, 1 2 1"),
       {"0 1 0", "1 1 0"},
       {"1 2 0"}},
      // C++11 had it the other way; C++20 (P0982) lets only updates continue the sequence.
      {"RS_broken_by_own_store",
       {{write(x, 1), write(y, 1, rel), write(y, 2)}, acquire_y},
       of("0 0, 0 1, 1 1, 2 0, 2 1"),
       {"1 0"},
       {"2 0"}},
  };
}

std::vector<Litmus> updates() {
  return {
      {"Updates_are_atomic",
       {{add(x, 1)}, {add(x, 1)}},
       of("0 1 | 2 0 0, 1 0 | 2 0 0"),
       {"0 0 | 1 0 0", "0 0 | 2 0 0"},
       {},
       true},
      {"Three_updates",
       {{add(x, 1)}, {add(x, 1)}, {add(x, 1)}},
       of("0 1 2, 0 2 1, 1 0 2, 1 2 0, 2 0 1, 2 1 0"),
       {"0 0 1"},
       {}},
      {"Update_and_store",
       {{add(x, 1)}, {write(x, 5)}},
       of("0 | 5 0 0, 5 | 6 0 0"),
       {"0 | 1 0 0"},
       {},
       true},
      {"One_compare_exchange_wins",
       {{compare_exchange(x, 0, 1)}, {compare_exchange(x, 0, 2)}},
       of("0 1 | 1 0 0, 2 0 | 2 0 0"),
       {"0 0 | 1 0 0", "0 0 | 2 0 0"},
       {},
       true},
      {"Compare_exchange_fails_with_stale_value",
       {{write(x, 1), write(y, 1)}, {read(y), compare_exchange(x, 1, 2, mb)}},
       of("0 0 | 1 1 0, 0 1 | 2 1 0, 1 0 | 1 1 0, 1 1 | 2 1 0"),
       {"1 0 | 2 1 0"},
       {"1 0 | 1 1 0"},
       true},
      {"Compare_exchange_acquires",
       {{write(x, 1), write(y, 1, rel)}, {compare_exchange(y, 1, 2, acq), read(x)}},
       of("0 0, 0 1, 1 1"),
       {"1 0"},
       {}},
      {"Failed_compare_exchange_is_relaxed",
       {{write(x, 1), write(y, 1, rel)}, {compare_exchange(y, 5, 6, mb), read(x)}},
       of("0 0, 0 1, 1 0, 1 1"),
       {},
       {"1 0"}},
  };
}

std::vector<Litmus> blind_updates() {
  return {
      {"Blind_adds_add_up",
       {{blind_add(x, 1)}, {blind_add(x, 2)}},
       of("| 3 0 0"),
       {"| 1 0 0"},
       {},
       true},
      {"Blind_adds_seen_between",
       {{blind_add(x, 1)}, {blind_add(x, 2)}, {read(x)}},
       of("0, 1, 2, 3"),
       {},
       {}},
      // Their order shows to one who comes after both and reads an old value.
      {"Blind_adds_seen_between_later",
       {{blind_add(x, 1), write(y, 1)},
        {blind_add(x, 2), write(z, 1)},
        {read(y), read(z), read(x)}},
       of("0 0 0, 0 0 1, 0 0 2, 0 0 3, 0 1 0, 0 1 1, 0 1 2, 0 1 3,"
          "1 0 0, 1 0 1, 1 0 2, 1 0 3, 1 1 0, 1 1 1, 1 1 2, 1 1 3"),
       {},
       {"1 1 0", "1 1 1", "1 1 2", "0 1 0", "0 1 1", "1 0 0", "1 0 2"}},
      // And to one that acquires: its add may come first.
      {"Blind_add_that_acquires",
       {{write(x, 1), blind_add(y, 1, rel)},
        {read(z), blind_add(y, 1, acq), read(x)},
        {read(x), write(z, 1)}},
       bits(3),
       {},
       {"1 0 1"}},
      {"Blind_add_before_acquire_fence",
       {{write(x, 1), blind_add(y, 1, rel)},
        {read(z), blind_add(y, 1), fence(acq), read(x)},
        {read(x), write(z, 1)}},
       bits(3),
       {},
       {"1 0 1"}},
  };
}

}  // namespace

std::vector<Litmus> all_litmus_tests() {
  std::vector<Litmus> all;
  for (const auto& some : {message_passing(), store_buffering(), coherence(), causality(),
                           release_sequences(), updates(), blind_updates()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace faultline::litmus
