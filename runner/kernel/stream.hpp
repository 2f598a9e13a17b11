// stream.hpp: what a guest tells its host: frames over a serial port, each with its checksum.
//
// A frame is one line of text, its payload and a line break:
//   faultline-frame SEQUENCE KIND LENGTH SHA256\n PAYLOAD \n
// The sequence counts from 0; the checksum is that of "SEQUENCE KIND LENGTH\n" and the payload.
// What a firmware or a kernel writes to the port before the first frame is passed over.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace faultline::kernel {

struct Frame {
  std::string kind;  // hello, begin, record, end
  std::string payload;
};

std::string frame_text(std::uint64_t sequence, const Frame& frame);

// Takes the bytes as they come. After an error, which a serial port does not recover from, nothing
// more is read.
class FrameReader {
 public:
  // The frames that these bytes complete.
  std::vector<Frame> add(std::string_view bytes);
  // What is wrong with the stream; empty: nothing so far.
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::uint64_t frames() const { return sequence_; }
  // The stream has ended: in a frame?
  [[nodiscard]] bool cut_short() const { return !error_.empty() || !buffer_.empty(); }

 private:
  bool take(std::vector<Frame>& frames);
  bool fail(std::string what);
  bool skip_noise();

  std::string buffer_;
  std::string error_;
  std::uint64_t sequence_ = 0;
};

}  // namespace faultline::kernel
