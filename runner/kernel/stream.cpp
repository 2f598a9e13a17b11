// stream.cpp: writing and checking frames.
#include "runner/kernel/stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runner/sha256.hpp"

namespace faultline::kernel {

namespace {

constexpr std::string_view magic = "faultline-frame ";
constexpr std::size_t head_max = 200;
constexpr std::uint64_t payload_max = 64 << 20;

std::string checksum(std::uint64_t sequence, std::string_view kind, std::string_view payload) {
  return sha256_hex(fmt::format("{} {} {}\n{}", sequence, kind, payload.size(), payload));
}

struct Head {
  std::uint64_t sequence = 0;
  std::string_view kind;
  std::uint64_t length = 0;
  std::string_view sum;
};

std::string_view next_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

bool to_number(std::string_view text, std::uint64_t& value) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && stop == text.data() + text.size() && !text.empty();
}

bool parse_head(std::string_view line, Head& head) {
  line.remove_prefix(magic.size());
  if (!to_number(next_word(line), head.sequence)) return false;
  head.kind = next_word(line);
  if (!to_number(next_word(line), head.length)) return false;
  head.sum = line;
  return !head.kind.empty() && head.sum.size() == 64 && head.length <= payload_max;
}

}  // namespace

std::string frame_text(std::uint64_t sequence, const Frame& frame) {
  return fmt::format("{}{} {} {} {}\n{}\n", magic, sequence, frame.kind, frame.payload.size(),
                     checksum(sequence, frame.kind, frame.payload), frame.payload);
}

std::vector<Frame> FrameReader::add(std::string_view bytes) {
  std::vector<Frame> frames;
  if (!error_.empty()) return frames;
  buffer_ += bytes;
  while (take(frames)) {
  }
  return frames;
}

bool FrameReader::fail(std::string what) {
  error_ = std::move(what);
  return false;
}

// Before the first frame: keeps what may be the beginning of its magic word.
bool FrameReader::skip_noise() {
  const std::size_t begin = buffer_.find(magic);
  if (begin != std::string::npos) {
    buffer_.erase(0, begin);
    return true;
  }
  std::size_t kept = std::min(buffer_.size(), magic.size() - 1);
  while (kept > 0 && !magic.starts_with(std::string_view(buffer_).substr(buffer_.size() - kept))) {
    --kept;
  }
  buffer_.erase(0, buffer_.size() - kept);
  return false;
}

bool FrameReader::take(std::vector<Frame>& frames) {
  if (sequence_ == 0 && !skip_noise()) return false;
  if (buffer_.empty()) return false;
  const std::string_view begin = std::string_view(buffer_).substr(0, magic.size());
  if (!magic.starts_with(begin)) {
    return fail(fmt::format("no frame begins after frame {}", sequence_ - 1));
  }
  const std::size_t line_end = buffer_.find('\n');
  if (line_end == std::string::npos) {
    return buffer_.size() > head_max && fail("a frame's first line has no end");
  }
  Head head;
  if (!parse_head(std::string_view(buffer_).substr(0, line_end), head)) {
    return fail(fmt::format("the first line of frame {} is damaged", sequence_));
  }
  if (head.sequence != sequence_) {
    return fail(fmt::format("frame {} came where {} should be", head.sequence, sequence_));
  }
  const std::size_t whole = line_end + 1 + head.length + 1;
  if (buffer_.size() < whole) return false;
  Frame frame{std::string(head.kind), buffer_.substr(line_end + 1, head.length)};
  if (buffer_[whole - 1] != '\n' || checksum(sequence_, frame.kind, frame.payload) != head.sum) {
    return fail(fmt::format("frame {} does not have its checksum", sequence_));
  }
  frames.push_back(std::move(frame));
  buffer_.erase(0, whole);
  ++sequence_;
  return true;
}

}  // namespace faultline::kernel
