// watchdog.cpp: a thread that waits for the deadline or the end.
#include "runner/watchdog.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "runner/trial.hpp"

namespace faultline {

struct Watchdog::State {
  std::mutex mutex;
  std::condition_variable ended;
  bool end = false;
  std::thread thread;
};

Watchdog::Watchdog(double seconds) {
  if (seconds <= 0) return;
  state_ = new State;
  state_->thread = std::thread([state = state_, seconds] {
    std::unique_lock lock(state->mutex);
    const auto limit = std::chrono::duration<double>(seconds);
    if (state->ended.wait_for(lock, limit, [state] { return state->end; })) return;
    std::fprintf(stderr, "hung: no end after %g s\n", seconds);
    dump_trial(stderr);
    std::fflush(stderr);
    std::_Exit(exit_deadline);
  });
}

Watchdog::~Watchdog() {
  if (state_ == nullptr) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->end = true;
  }
  state_->ended.notify_one();
  state_->thread.join();
  delete state_;
}

}  // namespace faultline
