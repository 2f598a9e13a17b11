// trials_main.cpp: the program `faultline-kernel-trials`: one run of a kernel workload, one record.
//
// It is linked statically and needs no file, so that it is also the first process of a guest that
// has nothing else.
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "runner/errors.hpp"
#include "runner/kernel/guest.hpp"
#include "runner/kernel/trials_options.hpp"

namespace faultline::kernel {

namespace {

// Nobody waits for us any more once the session is gone.
void end_with_session(int record_fd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd reader{record_fd, 0, 0};  // it may have gone before that
  if (poll(&reader, 1, 0) > 0) std::_Exit(exit_code::environment);
}

void write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // the reader has gone; it will find the record cut short
    done += static_cast<std::size_t>(n);
  }
}

int run(const std::vector<std::string>& args) {
  TrialsOptions options;
  if (!parse_trials_options(args, options)) return exit_code::ok;
  if (options.record_fd >= 0) end_with_session(options.record_fd);
  int exit = exit_code::ok;
  const std::string text = run_trials(options, exit);
  const bool to_stdout = options.record_fd < 0;
  write_all(to_stdout ? STDOUT_FILENO : options.record_fd, to_stdout ? text + "\n" : text);
  return exit;
}

}  // namespace

}  // namespace faultline::kernel

int main(int argc, char** argv) {
  // Not as the only program of a container.
  if (getpid() == 1 && argc > 0 && std::strcmp(argv[0], "/init") == 0) {
    faultline::kernel::run_guest();
  }
  // exec_spawn starts this program to do nothing.
  if (argc == 2 && std::strcmp(argv[1], "--nothing") == 0) _exit(0);
  std::set_new_handler([] {
    std::fputs(
        "faultline-kernel-trials: out of memory; use fewer threads or smaller parameters (--set)\n",
        stderr);
    std::_Exit(faultline::exit_code::environment);
  });
  try {
    return faultline::kernel::run({argv + 1, argv + argc});
  } catch (const faultline::Failure& failure) {
    std::fprintf(stderr, "faultline-kernel-trials: %s\n", failure.what());
    return failure.exit_code();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "faultline-kernel-trials: %s\n", error.what());
    return faultline::exit_code::environment;
  }
}
