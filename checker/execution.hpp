// execution.hpp: one execution of a program: its threads as fibers, one step at a time.
//
// Before each step a thread says what the step will touch (point()); then the strategy decides who
// goes on. So what every thread will do next is known whenever there is a choice. What is not a
// step (plain accesses, fences other than full ones) happens together with the step before it.
#pragma once

#include <array>
#include <boost/context/detail/fcontext.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "checker/event.hpp"
#include "checker/failure.hpp"
#include "checker/heap.hpp"
#include "checker/limits.hpp"
#include "checker/memory.hpp"
#include "checker/mutation.hpp"
#include "checker/order.hpp"
#include "checker/program.hpp"
#include "checker/strategy.hpp"
#include "checker/trace.hpp"
#include "checker/where.hpp"

namespace faultline::checker {

// Executions of this process, for a watchdog that wants to see whether they end.
inline volatile std::uint64_t executions_begun = 0;

// What happens by chance, and how often at most to each thread of an execution. Signals apart, all
// of it together at most `in_all` times.
struct Chances {
  unsigned spurious_wakeups = 1;
  unsigned stops = 1;        // need_resched(), or a task seen off its CPU
  unsigned clock_steps = 1;  // a long time passes
  unsigned signals = 1;      // a fatal signal arrives (only asked for in killable waits)
  unsigned in_all = 1;

  bool has(unsigned Chances::* kind) const { return in_all != 0 && this->*kind != 0; }
  void take(unsigned Chances::* kind) {
    --in_all;
    --(this->*kind);
  }
};

struct Rules {
  Chances chances;
  bool weak = true;           // reads may be stale, writes may go in early
  bool prune_stale = true;    // but not where another schedule shows the same
  bool symmetry = true;       // one order of the beginnings of threads that do the same
  bool go_back = true;        // to the middle of an execution, not always to its beginning
  unsigned steps_max = 5000;  // in one execution
};

// How an execution ended.
enum class End : std::uint8_t {
  complete,
  redundant,  // given up by the strategy: explored already
  failed,
  too_long,  // a thread went on and on; with the others run to their end it stopped
  limit,     // too many words, values or bytes: see what()
};

// A spin: how values of words are judged. `values` has one value for each word.
struct Waiting {
  unsigned words = 0;
  std::array<const void*, waits_max> address{};
  std::array<unsigned, waits_max> bytes{};
  bool (*ready)(const void* context, const std::uint64_t* values) = nullptr;
  const void* context = nullptr;
  // What else may end it: need_resched() or the owner off its CPU; the time.
  bool may_stop = false;
  bool may_expire = false;
  const struct Modify* update = nullptr;  // what it does to the one word that it waits for
  Mo order = Mo::relaxed;                 // of the update
};

// What one read-modify-write does to a value. Returns false to leave it as it is.
struct Modify {
  bool (*next)(const void* context, std::uint64_t value, std::uint64_t& wanted) = nullptr;
  const void* context = nullptr;
  const char* action = "";
  Kind kind = Kind::rmw;
  Blind blind = Blind::no;
  bool may_refuse = false;  // and then it may have looked at an older value
};

struct Modified {
  std::uint64_t seen = 0;
  bool done = false;
};

class Execution {
 public:
  Execution(const Program& program, const Rules& rules);
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;
  ~Execution();

  // The one that runs; null outside.
  static inline Execution* current = nullptr;

  // Runs the setup, once. False: it fails, or goes beyond a limit; see what().
  bool set_up();
  End run(Strategy& strategy);
  void record(bool on) { recording_ = on; }
  void mutate(const Mutations* mutations) { mutations_ = mutations; }
  void survey(Survey* survey) { survey_ = survey; }
  // Blind writes commute; but where somebody can tell their order, they must not.
  void let_commute(bool on) { commuting_ = on; }
  bool commutes() const { return commuting_; }
  bool blind_order_showed() const { return memory_.blind_order_showed(); }

  // --- of the last execution ---

  const std::vector<Event>& events() const { return events_; }
  const std::vector<Row>& rows() const { return rows_; }
  Failure failure() const { return failure_; }
  const std::string& what() const { return what_; }
  const Where& where() const { return where_; }
  const Rules& rules() const { return rules_; }
  const Program& program() const { return program_; }
  // No other execution of this process has this number; addresses are used again.
  std::uint64_t number() const { return number_; }
  const Step& next_step(unsigned thread) const { return threads_[thread].next; }
  bool finished(unsigned thread) const { return threads_[thread].finished; }
  // Those that sleep and can go on only by waking up for nothing.
  ThreadSet for_nothing() const { return for_nothing_; }

  // --- for the platform, and for scenarios ---

  bool in_thread() const { return running_ != nobody; }
  unsigned thread() const { return running_; }

  std::uint64_t load(const void* word, unsigned bytes, Mo order, const Where& where);
  void store(void* word, unsigned bytes, std::uint64_t value, Mo order, const Where& where);
  Modified modify(void* word, unsigned bytes, const Modify& how, Mo order, const Where& where);
  void fence(Mo order, const Where& where);
  // Returns false when something else than the words ended it. Fills in the values read.
  bool await(const char* site, const Waiting& waiting, std::uint64_t* values, Mo order,
             const Where& where);
  // Spins until the modification is taken; returns the value that it replaced.
  std::uint64_t await_update(const char* site, void* word, unsigned bytes, const Modify& how,
                             Mo order, const Where& where);
  void retry(const char* site, const Where& where);

  void prepare_to_park(const char* site, const Where& where);
  void park(const Where& where);
  void finish_park(const Where& where);
  void unpark(unsigned thread, const Where& where);
  void* parking_word(unsigned thread) { return &(*parking_)[thread]; }

  // A chance of the running thread: false until it is taken, and never again after it was.
  bool chance_of_stop(const char* what, const Where& where);
  bool need_resched(const Where& where);
  void preempt_enable();
  std::uint64_t now(const Where& where);
  bool fatal_signal_pending(const Where& where);

  void plain(const void* variable, unsigned bytes, bool write, const Where& where,
             bool exclusive = false);
  // A variable whose readers and writer a lock excludes: a race is that lock's failure.
  void exclusive(const void* variable, bool write, const Where& where) {
    plain(variable, 1, write, where, true);
  }
  void stack_object_begins(const void* object);
  void stack_object_ends(const void* object);

  void rcu_read_lock(const Where& where);
  void rcu_read_unlock();
  void* allocate(std::size_t bytes, std::size_t align, const void* cache, const Where& where);
  // `reused`: it was constructed at some time.
  void* allocate_type_stable(std::size_t bytes, std::size_t align, const void* cache, bool& reused,
                             const Where& where);
  void free(void* object, const void* cache, const Where& where);
  void free_rcu(void* object, const Where& where);
  void free_type_stable(void* object, const void* cache, const Where& where);

  // Ends the execution with a failure. Does not return to a thread.
  void fail(Failure failure, std::string what, const Where& where);
  void note(std::string text, const Where& where);
  Heap& heap() { return heap_; }

 private:
  struct Plain {
    const void* address = nullptr;
    unsigned bytes = 0;
    unsigned writer = nobody;
    Steps written = 0;
    unsigned lives = 0;  // of its object, when it was written
    bool ended = false;  // its object on some stack is gone
    bool exclusive = false;
    Clock read;
  };

  struct Thread {
    boost::context::detail::fcontext_t context = nullptr;
    Step next;
    const Waiting* waiting = nullptr;
    bool finished = false;
    bool began = false;   // made its first step
    bool waits = false;   // its next step may be impossible for now
    bool forced = false;  // nothing else can happen: its wait is ended
    int after = -1;       // does the same as this thread, which begins first
    std::int32_t first_event = -1;
    std::int32_t last_event = -1;
    std::uint64_t section = 0;
    unsigned rcu_depth = 0;
    Chances left;
    bool signalled = false;
    bool resched = false;   // need_resched() until preemption is enabled again
    unsigned advanced = 0;  // long steps of its clock
    const char* site = "";
    Where where;  // of its next step
    // What it has read since its last retry().
    WordSet looked_at;
    std::array<std::uint8_t, words_max> looked_until;
  };

  // An execution in the middle, before a choice to which others come back.
  struct Saved {
    std::size_t depth = 0;
    ThreadSet can = 0;
    ThreadSet for_nothing = 0;
    std::array<Thread, threads_max> threads;
    std::size_t events = 0;
    std::vector<Plain> plains;
    std::vector<std::uint16_t> shadows;  // of the addresses that have one
    std::uint64_t rcu_time = 0;
    unsigned steps = 0;
    int last = -1;
    bool clock_was_read = false;
    Memory::Saved memory;
    Heap::Saved heap;
  };

  // --- going back (saved.cpp) ---

  bool goes_back();
  bool saves(ThreadSet can) const;
  void save();
  void restore(const Saved& saved);

  // --- fibers and schedule (execution.cpp) ---

  static void entry(boost::context::detail::transfer_t from);
  void switch_to(unsigned thread);
  void begin_threads();
  void go_on(unsigned next);
  unsigned decide();
  unsigned decide_among(ThreadSet can);
  ThreadSet enabled();
  bool possible(unsigned thread);
  ThreadSet force_stops();
  bool begin_rescue();
  unsigned decide_rescue(ThreadSet possible);
  void end_rescue(bool all_finished);
  unsigned most_active() const;
  std::string describe_waits() const;
  unsigned over(End end);
  [[noreturn]] void leave();
  [[noreturn]] void give_up(End end, std::string what);
  void outside();
  void point(const Step& step, const Where& where, const Waiting* waiting = nullptr);
  void made(const Step& step);

  // --- accesses (access.cpp) ---

  unsigned word_of(const void* address, unsigned bytes);
  void check_life(const void* address, Steps step, const char* what, const Where& where);
  void looks_at(unsigned word, unsigned position);
  void touch(unsigned word, const Where& where);
  Plain& new_plain(const void* address, unsigned bytes);
  void race(const Plain& variable, unsigned other, bool write, const Where& where);
  Access access(Steps step) const;

  // --- reading (operations.cpp) ---

  bool hidden(unsigned word, unsigned position, const Clock& depends, Blind blind = Blind::no);
  unsigned pick_write_position(unsigned word, const Clock& depends);
  unsigned options_of(const Waiting& waiting, const Clock* depends);
  unsigned options_of(unsigned word, const Modify& how, Mo order, const Clock& depends,
                      Blind blind = Blind::no);
  std::uint64_t value_outside(const void* address, unsigned bytes);
  unsigned choose_of(unsigned n) { return n > 1 ? choose(n) : 0; }
  std::uint64_t value_at(unsigned word, unsigned position) {
    return memory_.message(word, position).value;
  }
  Mo order_at(Mo order, Kind kind, const char* action, const Where& where, bool& dropped);
  Row* new_row(Kind kind, const char* action, const void* address, unsigned bytes, Mo order,
               const Where& where);
  std::uint32_t row_number() const { return static_cast<std::uint32_t>(rows_.size()); }
  unsigned choose(unsigned n) { return rescuing_ ? 0 : strategy_->choose(*this, n); }
  Knowledge& mine() { return memory_.knowledge(running_); }
  Thread& me() { return threads_[running_]; }

  // Words that are no memory of the program: what all full fences, and RCU, have in common.
  static constexpr unsigned fence_word = 0;
  static constexpr unsigned rcu_word = 1;
  static constexpr unsigned grace_periods = 0;  // the kept view of all grace periods

  static inline std::uint64_t numbers_given_ = 0;

  const std::uint64_t number_ = ++numbers_given_;
  const Program program_;
  const Rules rules_;
  Heap heap_;
  Memory memory_;
  void* state_ = nullptr;
  std::array<std::uint32_t, threads_max>* parking_ = nullptr;
  std::array<Thread, threads_max> threads_;
  boost::context::detail::fcontext_t main_ = nullptr;
  unsigned running_ = nobody;
  unsigned from_ = nobody;
  bool starting_ = false;
  bool save_due_ = false;                      // before the choice that is to be made
  ThreadSet can_ = 0;                          // the threads to choose from, then
  std::vector<std::unique_ptr<Saved>> saved_;  // by depth
  std::vector<std::unique_ptr<Saved>> spare_;
  std::size_t steps_to_return_ = 0;  // fewer are not worth remembering anything
  unsigned runs_ = 0;
  bool over_ = false;
  bool rescuing_ = false;  // no more choices: only how it would go on
  ThreadSet for_nothing_ = 0;
  ThreadSet muted_ = 0;  // those that went on too long
  unsigned rescue_steps_ = 0;
  std::size_t rows_then_ = 0;
  int last_ = -1;  // who made the last step
  Strategy* strategy_ = nullptr;
  std::vector<Event> events_;
  std::vector<Plain> plains_;
  std::vector<const void*> shadowed_;
  std::uint64_t rcu_time_ = 0;
  unsigned steps_ = 0;
  unsigned outside_ = 0;  // operations of the setup, or of finish()
  bool clock_was_read_ = false;
  End end_ = End::complete;
  Failure failure_ = Failure::none;
  std::string what_;
  Where where_;
  bool recording_ = false;
  bool commuting_ = true;
  std::vector<Row> rows_;
  const Mutations* mutations_ = nullptr;
  Survey* survey_ = nullptr;
  // The combination of messages that the running await has found, for each of its possibilities.
  std::vector<std::array<std::uint8_t, waits_max>> found_;
  // The messages that the running read-modify-write may look at, newest first.
  std::array<std::uint8_t, messages_max + 1> positions_;
};

}  // namespace faultline::checker
