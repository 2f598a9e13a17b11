// stream_test.cpp: frames that arrive whole, in pieces, damaged, and not to their end.
#include "runner/kernel/stream.hpp"

#include <gtest/gtest.h>

namespace faultline::kernel {
namespace {

std::string two_frames() {
  return frame_text(0, {"hello", R"({"port":"x"})"}) + frame_text(1, {"end", "a\nb\n"});
}

TEST(Stream, FramesComeBackAsTheyWereSent) {
  FrameReader reader;
  const auto frames = reader.add(two_frames());
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].kind, "hello");
  EXPECT_EQ(frames[0].payload, R"({"port":"x"})");
  EXPECT_EQ(frames[1].payload, "a\nb\n");
  EXPECT_FALSE(reader.cut_short());
}

TEST(Stream, BytesMayComeOneByOneBehindNoise) {
  FrameReader reader;
  std::size_t frames = 0;
  for (const char c : "SeaBIOS faultline-fra\r\n" + two_frames()) {
    frames += reader.add(std::string_view(&c, 1)).size();
    ASSERT_EQ(reader.error(), "");
  }
  EXPECT_EQ(frames, 2u);
  EXPECT_FALSE(reader.cut_short());
}

TEST(Stream, EveryTruncationIsNoticed) {
  const std::string whole = two_frames();
  const std::size_t first = frame_text(0, {"hello", R"({"port":"x"})"}).size();
  for (std::size_t length = 1; length < whole.size(); ++length) {
    FrameReader reader;
    const auto frames = reader.add(whole.substr(0, length));
    EXPECT_EQ(frames.size(), length >= first ? 1u : 0u) << length;
    EXPECT_EQ(reader.cut_short(), length != first) << length;
  }
}

TEST(Stream, EveryDamagedByteIsNoticed) {
  const std::string whole = two_frames();
  const std::size_t first = frame_text(0, {"hello", R"({"port":"x"})"}).size();
  for (std::size_t at = first; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    FrameReader reader;
    EXPECT_EQ(reader.add(damaged).size(), 1u) << at;
    EXPECT_TRUE(reader.cut_short()) << at;
  }
}

TEST(Stream, ALostFrameIsNoticed) {
  FrameReader reader;
  EXPECT_EQ(reader.add(frame_text(0, {"hello", "{}"}) + frame_text(2, {"end", "{}"})).size(), 1u);
  EXPECT_EQ(reader.error(), "frame 2 came where 1 should be");
  EXPECT_TRUE(reader.add(frame_text(1, {"end", "{}"})).empty()) << "an error is the end";
}

TEST(Stream, ALengthThatNothingHasIsNotWaitedFor) {
  FrameReader reader;
  reader.add("faultline-frame 0 hello 99999999999 " + std::string(64, 'a') + "\n");
  EXPECT_EQ(reader.error(), "the first line of frame 0 is damaged");
}

}  // namespace
}  // namespace faultline::kernel
