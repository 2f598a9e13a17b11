// progress_pipe.cpp: lines of JSON into a descriptor that was inherited.
#include "runner/progress_pipe.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "runner/child.hpp"
#include "runner/errors.hpp"

namespace faultline {

namespace {

constexpr const char* variable = "FAULTLINE_PROGRESS_FD";

}  // namespace

ProgressPipe::ProgressPipe() {
  const char* text = std::getenv(variable);
  if (text == nullptr) return;
  const char* end = text + std::string_view(text).size();
  const auto [stop, error] = std::from_chars(text, end, descriptor_);
  // Runs have no use for it, and would keep its reader from seeing the end.
  if (error != std::errc{} || stop != end || fcntl(descriptor_, F_SETFD, FD_CLOEXEC) != 0) {
    throw Failure(exit_code::usage,
                  fmt::format("{}: '{}' is no open descriptor; unset it", variable, text));
  }
  unsetenv(variable);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
}

void ProgressPipe::tell(std::size_t done, std::size_t total, const std::string& text) const {
  if (descriptor_ < 0) return;
  using Json = nlohmann::ordered_json;
  const Json event = {{"done", done}, {"total", total}, {"text", text}};
  const std::string line = event.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t n = write(descriptor_, line.data() + sent, line.size() - sent);
    if (n > 0) {
      sent += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      interrupt_signal = SIGTERM;
      return;
    }
  }
}

}  // namespace faultline
