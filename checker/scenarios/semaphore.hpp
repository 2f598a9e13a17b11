// semaphore.hpp: scenarios over the rw_semaphore and its spin queue, with all their slow paths.
#pragma once

#include <array>

#include "checker/scenarios/sections.hpp"
#include "lockimpls/osq.hpp"
#include "lockimpls/rwsem.hpp"

namespace faultline::scenarios {

struct Semaphore {
  RwSem<Checked> sem;
  Exclusion inside;

  void read() {
    sem.down_read();
    inside.read();
    sem.up_read();
  }
  void write() {
    sem.down_write();
    inside.write();
    sem.up_write();
  }
  void finish() {
    expect(!sem.is_locked() && !sem.has_waiters(), checker::Failure::leaked_exclusion,
           "everybody has gone, and it is still held or waited for");
    expect(sem.words()[0].value == 0, checker::Failure::leaked_exclusion,
           "everybody has gone, and the count is not 0");
  }
};

struct SemReaderWriter : Semaphore {
  static constexpr const char* name = "rwsem_reader_writer";
  static constexpr const char* summary = "down_read against down_write, then more readers";
  static constexpr std::array threads{2u, 3u};

  void thread(unsigned i) { i == 0 ? write() : read(); }
  static int group(unsigned i, unsigned) { return i == 0 ? -1 : 1; }
};

// Writers spin in the queue, give up, sleep, and are handed the lock.
struct SemWriters : Semaphore {
  static constexpr const char* name = "rwsem_writers";
  static constexpr const char* summary = "writers spin on each other, give up, and sleep";
  static constexpr std::array threads{2u, 3u};

  void thread(unsigned) { write(); }
  static int group(unsigned, unsigned) { return 1; }
};

// A writer whose 4 ms are over may demand the lock: two surprises for each thread.
struct SemHandoff : Semaphore {
  static constexpr const char* name = "rwsem_handoff";
  static constexpr const char* summary = "a writer that waits too long is handed the lock";
  static constexpr std::array threads{2u, 3u};
  static constexpr checker::Chances chances{1, 1, 1, 1, 2};

  void thread(unsigned i) { i == 0 ? read() : write(); }
  static int group(unsigned i, unsigned) { return i == 0 ? -1 : 1; }
};

// Readers that queued behind a writer are all let in together.
struct SemReaderWake : Semaphore {
  static constexpr const char* name = "rwsem_reader_wake";
  static constexpr const char* summary = "readers queue behind a writer and are let in together";
  static constexpr std::array threads{3u};

  void thread(unsigned i) { i == 0 ? write() : read(); }
  static int group(unsigned i, unsigned) { return i == 0 ? -1 : 1; }
};

// Held for writing at the beginning: who queues finds out that the writer has gone, and wakes those
// who queued before.
struct SemQueue : Semaphore {
  static constexpr const char* name = "rwsem_queue";
  static constexpr const char* summary = "a writer lets go while a reader and a writer queue";
  static constexpr std::array threads{3u};

  SemQueue() { sem.down_write(); }
  void thread(unsigned i) {
    if (i == 1) return read();
    if (i == 2) return write();
    inside.write();
    sem.up_write();
  }
};

// A writer that was woken finds the lock taken again, and has to sleep once more.
struct SemSteal : Semaphore {
  static constexpr const char* name = "rwsem_steal";
  static constexpr const char* summary = "the holder takes the lock back from the writer it woke";
  static constexpr std::array threads{2u};

  SemSteal() { sem.down_write(); }
  void thread(unsigned i) {
    if (i == 0) {
      inside.write();
      sem.up_write();
    }
    write();
  }
};

// A reader that queues finds the lock free and is about to be granted it, when the holder takes it
// back. If it has waited too long then, it is promised the lock.
struct SemStealReader : SemSteal {
  static constexpr const char* name = "rwsem_steal_reader";
  static constexpr const char* summary = "the holder takes the lock back while a reader queues";

  void thread(unsigned i) { i == 0 ? SemSteal::thread(i) : read(); }
};

// Two that wake readers lose the lock to the same writer, and both readers have waited too long.
struct SemPromise : Semaphore {
  static constexpr const char* name = "rwsem_promise";
  static constexpr const char* summary = "a writer takes the lock from two that wake readers";
  static constexpr std::array threads{4u};
  static constexpr checker::Chances chances{0, 0, 1, 0, 1};

  SemPromise() { sem.down_write(); }
  void thread(unsigned i) {
    if (i >= 2) return read();
    if (i == 0) {
      while (!sem.has_waiters()) Checked::retry("a reader to queue");
      return sem.up_write();
    }
    while (sem.is_write_locked()) Checked::retry("the holder to leave");
    write();
  }
  static int group(unsigned i, unsigned) { return i < 2 ? -1 : 1; }
};

struct SemDowngrade : Semaphore {
  static constexpr const char* name = "rwsem_downgrade";
  static constexpr const char* summary = "a writer becomes a reader while others wait";
  static constexpr std::array threads{2u, 3u};

  void thread(unsigned i) {
    if (i == 1) return read();
    if (i == 2) return write();
    sem.down_write();
    inside.write();
    sem.downgrade_write();
    inside.read();
    sem.up_read();
  }
};

// A reader that comes while the lock is downgraded wakes the one that queued before.
struct SemDowngradeReaders : Semaphore {
  static constexpr const char* name = "rwsem_downgrade_readers";
  static constexpr const char* summary = "a writer becomes a reader while readers queue";
  static constexpr std::array threads{3u};

  SemDowngradeReaders() { sem.down_write(); }
  void thread(unsigned i) {
    if (i != 0) return read();
    inside.write();
    sem.downgrade_write();
    inside.read();
    sem.up_read();
  }
  static int group(unsigned i, unsigned) { return i == 0 ? -1 : 1; }
};

struct SemTrylock : Semaphore {
  static constexpr const char* name = "rwsem_trylock";
  static constexpr const char* summary = "a reader that only tries beside a writer that sleeps";
  static constexpr std::array threads{2u, 3u};

  void thread(unsigned i) {
    if (i == 0) return write();
    if (!sem.down_read_trylock()) return;
    inside.read();
    sem.up_read();
  }
  static int group(unsigned i, unsigned) { return i == 0 ? -1 : 1; }
};

struct OsqCancel {
  static constexpr const char* name = "osq_cancel";
  static constexpr const char* summary = "spinners join the queue, give up, and leave it";
  static constexpr std::array threads{2u, 3u};

  Osq<Checked> osq;
  Exclusion inside;

  void thread(unsigned) {
    if (!osq.lock()) return;
    inside.write();
    osq.unlock();
  }
  void finish() {
    expect(!osq.is_locked(), checker::Failure::leaked_exclusion,
           "everybody has gone, and the queue is not empty");
  }
  static int group(unsigned, unsigned) { return 1; }
};

// A task joins the queue again: its node is not new any more.
struct OsqAgain : OsqCancel {
  static constexpr const char* name = "osq_again";
  static constexpr const char* summary = "spinners join the queue twice";
  static constexpr std::array threads{2u};

  void thread(unsigned i) {
    OsqCancel::thread(i);
    OsqCancel::thread(i);
  }
};

}  // namespace faultline::scenarios
