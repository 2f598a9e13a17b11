// access.cpp: plain accesses, and the life of what is accessed.
#include <fmt/format.h>

#include "checker/execution.hpp"

namespace faultline::checker {

namespace {

std::string place(const Where& where) {
  return fmt::format("{}:{}", short_path(where.file_name()), where.line());
}

}  // namespace

Access Execution::access(Steps step) const {
  return Access{running_, step, const_cast<Execution*>(this)->mine().cur.happened,
                threads_[running_].rcu_depth != 0 ? threads_[running_].section : 0};
}

void Execution::check_life(const void* address, Steps step, const char* what, const Where& where) {
  Object* object = heap_.object_at(address);
  if (object == nullptr) return;
  switch (Heap::check(*object, access(step))) {
    case Life::good:
      return;
    case Life::unborn:
      fail(Failure::data_race,
           fmt::format("{} of an object whose construction by T{} it need not see yet, at {}", what,
                       object->owner, place(where)),
           where);
      return;
    case Life::dead:
      fail(Failure::use_after_free, fmt::format("{} of freed memory at {}", what, place(where)),
           where);
  }
}

// The number of an atomic word, which gets one when it is first touched.
unsigned Execution::word_of(const void* address, unsigned bytes) {
  if (!heap_.inside(address)) {
    give_up(End::limit, "a shared word lies outside of the scenario; keep all state in its struct");
  }
  std::uint16_t& shadow = heap_.shadow(address);
  if (shadow > words_max) {
    if (!plains_[shadow - words_max - 1u].ended) {
      give_up(End::limit, "a word and a plain variable lie at the same address");
    }
    fail(Failure::use_after_free, "access to a word on a stack frame that is gone", me().where);
  }
  if (shadow != 0) return shadow - 1u;
  if (memory_.words() == words_max) {
    give_up(End::limit, fmt::format("it touches more than {} words", words_max));
  }
  std::uint64_t initial = 0;
  std::memcpy(&initial, address, bytes);
  const unsigned number = memory_.add(address, bytes, initial);
  shadow = static_cast<std::uint16_t>(number + 1);
  shadowed_.push_back(address);
  return number;
}

// An access to an atomic word by the running thread, whose step it is.
void Execution::touch(unsigned number, const Where& where) {
  Word& word = memory_.word(number);
  const Steps step = mine().step;
  if (word.ended) {
    fail(Failure::use_after_free,
         fmt::format("access to a word on a stack frame that is gone, at {}", place(where)), where);
  }
  word.touched[running_] = step;
  check_life(word.address, step, "access", where);
}

void Execution::race(const Plain& variable, unsigned other, bool write, const Where& where) {
  Object* object = heap_.object_at(variable.address);
  if (variable.exclusive) {
    fail(Failure::broken_exclusion,
         fmt::format("{} at {} while T{} may be {}", write ? "a writer" : "a reader", place(where),
                     other, write ? "in as well" : "in as a writer"),
         where);
    return;
  }
  const bool recycled = object != nullptr && object->type_stable && object->lives > 1;
  fail(recycled ? Failure::stale_reuse : Failure::data_race,
       fmt::format("{} a plain variable that T{} {} without any order between them, at {}",
                   write ? "writes" : "reads", other, write ? "accesses" : "writes", place(where)),
       where);
}

Execution::Plain& Execution::new_plain(const void* address, unsigned bytes) {
  Plain& variable = plains_.emplace_back();
  variable.address = address;
  variable.bytes = bytes;
  heap_.shadow(address) = static_cast<std::uint16_t>(words_max + plains_.size());
  shadowed_.push_back(address);
  return variable;
}

void Execution::plain(const void* address, unsigned bytes, bool write, const Where& where,
                      bool exclusive) {
  if (!in_thread()) return;
  if (!heap_.inside(address)) {
    give_up(End::limit, "a variable lies outside of the scenario; keep all state in its struct");
  }
  const Knowledge& knows = mine();
  // What happens now belongs to the next step: the message of the last one does not cover it.
  const auto step = static_cast<Steps>(knows.step + 1);
  const std::uint16_t shadow = heap_.shadow(address);
  Plain& variable = shadow == 0 ? new_plain(address, bytes) : plains_[shadow - words_max - 1u];
  if (shadow == 0) variable.exclusive = exclusive;
  if (recording_) {
    Row* row = new_row(write ? Kind::plain_write : Kind::plain_read, write ? "write" : "read",
                       address, bytes, Mo::relaxed, where);
    row->reads = !write;
    row->writes = write;
  }
  if (variable.ended) {
    fail(Failure::use_after_free,
         fmt::format("access to a stack frame that is gone, at {}", place(where)), where);
  }
  check_life(address, step, write ? "write" : "read", where);
  const Clock& happened = knows.cur.happened;
  if (variable.writer != nobody && variable.writer != running_ &&
      happened[variable.writer] < variable.written) {
    race(variable, variable.writer, write, where);
  }
  if (!write) {
    variable.read[running_] = step;
    return;
  }
  for (unsigned i = 0; i < program_.threads; ++i) {
    if (i != running_ && variable.read[i] > happened[i]) race(variable, i, true, where);
  }
  variable.writer = running_;
  variable.written = step;
}

// A variable on a stack: the one that lay there before is gone.
void Execution::stack_object_begins(const void* address) {
  if (!in_thread() || !heap_.on_stack(address)) return;
  heap_.shadow(address) = 0;
}

void Execution::stack_object_ends(const void* address) {
  if (!in_thread() || !heap_.on_stack(address) || over_) return;
  const unsigned shadow = heap_.shadow(address);
  if (shadow == 0) {
    // Nobody has used it so far, and nobody may any more.
    new_plain(address, 1).ended = true;
    return;
  }
  const Clock& happened = mine().cur.happened;
  Clock used;
  if (shadow <= words_max) {
    Word& word = memory_.word(shadow - 1);
    word.ended = true;
    used = word.touched;
  } else {
    Plain& variable = plains_[shadow - words_max - 1];
    variable.ended = true;
    used = variable.read;
    if (variable.writer != nobody) {
      used[variable.writer] = std::max(used[variable.writer], variable.written);
    }
  }
  for (unsigned i = 0; i < program_.threads; ++i) {
    if (i != running_ && used[i] > happened[i]) {
      fail(Failure::use_after_free, fmt::format("leaves a stack frame that T{} may still use", i),
           me().where);
    }
  }
}

// --- RCU and caches ---

void Execution::rcu_read_lock(const Where& where) {
  if (!in_thread() || me().rcu_depth++ != 0) return;
  Step step;
  step.kind = Kind::rcu_lock;
  step.reads.add(rcu_word);
  point(step, where);
  made(step);
  new_row(Kind::rcu_lock, "rcu_read_lock", nullptr, 0, Mo::relaxed, where);
  me().section = ++rcu_time_;
  // A section that begins after a grace period began sees what was before that.
  memory_.join(mine().cur, memory_.kept(grace_periods));
}

void Execution::rcu_read_unlock() {
  if (!in_thread()) return;
  if (me().rcu_depth == 0) {
    fail(Failure::assertion, "rcu_read_unlock() without rcu_read_lock()", Where::current());
  }
  --me().rcu_depth;
}

void* Execution::allocate(std::size_t bytes, std::size_t align, const void* cache,
                          const Where& where) {
  static_cast<void>(where);
  const auto step = static_cast<Steps>(in_thread() ? mine().step + 1 : 0);
  void* memory = heap_.allocate(running_, bytes, align, cache, false, step);
  if (memory == nullptr) give_up(End::limit, "it needs more memory than there is");
  return memory;
}

void* Execution::allocate_type_stable(std::size_t bytes, std::size_t align, const void* cache,
                                      bool& reused, const Where& where) {
  std::vector<Freed*> freed;
  if (in_thread()) {
    Step step;
    step.kind = Kind::alloc;
    step.writes.add(word_of(cache, 1));
    point(step, where);
    freed = heap_.reusable(cache);
    const auto n = static_cast<unsigned>(freed.size());
    const unsigned pick = n == 0 ? 0 : choose(n + 1);
    made(step);
    if (pick < n) {
      Row* row = new_row(Kind::alloc, "alloc (reused)", nullptr, 0, Mo::relaxed, where);
      if (freed[pick]->view >= 0) {
        memory_.join(mine().cur, memory_.kept(static_cast<unsigned>(freed[pick]->view)));
      }
      reused = true;
      void* memory = heap_.take_back(*freed[pick], access(mine().step));
      if (row != nullptr) row->address = memory;
      return memory;
    }
    new_row(Kind::alloc, "alloc", nullptr, 0, Mo::relaxed, where);
  }
  reused = false;
  const auto step = static_cast<Steps>(in_thread() ? mine().step + 1 : 0);
  void* memory = heap_.allocate(running_, bytes, align, cache, true, step);
  if (memory == nullptr) give_up(End::limit, "it needs more memory than there is");
  return memory;
}

void Execution::free(void* memory, const void* cache, const Where& where) {
  static_cast<void>(cache);
  Object* object = heap_.object_at(memory);
  if (!in_thread() || object == nullptr) return;
  new_row(Kind::free, "free", memory, 0, Mo::relaxed, where);
  const auto step = static_cast<Steps>(mine().step + 1);
  if (Heap::free_now(*object, access(step)) == Life::dead) {
    fail(Failure::use_after_free,
         fmt::format("frees memory that is in use, or free, at {}", place(where)), where);
  }
}

void Execution::free_rcu(void* memory, const Where& where) {
  Object* object = heap_.object_at(memory);
  if (!in_thread() || object == nullptr) return;
  bool dropped = false;
  order_at(Mo::relaxed, Kind::free_rcu, "free_rcu", where, dropped);
  if (dropped) return free(memory, nullptr, where);  // without the grace period
  Step step;
  step.kind = Kind::free_rcu;
  step.writes.add(rcu_word);
  point(step, where);
  made(step);
  new_row(Kind::free_rcu, "free_rcu", memory, 0, Mo::relaxed, where);
  memory_.join(memory_.kept(grace_periods), mine().cur);
  if (Heap::free_deferred(*object, access(mine().step), ++rcu_time_) == Life::dead) {
    fail(Failure::use_after_free,
         fmt::format("frees memory that is in use outside of RCU, or free, at {}", place(where)),
         where);
  }
}

void Execution::free_type_stable(void* memory, const void* cache, const Where& where) {
  Object* object = heap_.object_at(memory);
  int view = -1;
  if (in_thread()) {
    Step step;
    step.kind = Kind::free;
    step.writes.add(word_of(cache, 1));
    point(step, where);
    made(step);
    new_row(Kind::free, "free", memory, 0, Mo::relaxed, where);
    view = static_cast<int>(memory_.keep(mine().cur));
    if (Heap::free_now(*object, access(mine().step)) == Life::dead) {
      fail(Failure::use_after_free, fmt::format("frees twice at {}", place(where)), where);
    }
  } else {
    object->state = Object::State::freed;
  }
  heap_.give_back(*object, cache, view);
}

}  // namespace faultline::checker
