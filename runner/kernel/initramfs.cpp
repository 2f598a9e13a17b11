// initramfs.cpp: cpio archives of format newc.
#include "runner/kernel/initramfs.hpp"

#include <fmt/format.h>
#include <utility>

namespace faultline::kernel {

namespace {

constexpr unsigned folder_mode = 0040755;
constexpr unsigned file_mode = 0100644;
constexpr unsigned program_mode = 0100755;
constexpr unsigned character_mode = 0020600;

void pad(std::string& text) {
  while (text.size() % 4 != 0) text += '\0';
}

}  // namespace

// inode, mode, uid, gid, links, mtime, size, device (2), special (2), length of name, checksum.
void Cpio::entry(std::string_view name, unsigned mode, std::string_view content, unsigned major,
                 unsigned minor) {
  text_ += fmt::format(
      "070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}",
      ++inode_, mode, 0, 0, 1, 0, content.size(), 0, 0, major, minor, name.size() + 1, 0);
  text_ += name;
  text_ += '\0';
  pad(text_);
  text_ += content;
  pad(text_);
}

void Cpio::folder(std::string_view name) {
  entry(name, folder_mode, "", 0, 0);
}

void Cpio::file(std::string_view name, std::string_view content, bool executable) {
  entry(name, executable ? program_mode : file_mode, content, 0, 0);
}

void Cpio::character_device(std::string_view name, unsigned major, unsigned minor) {
  entry(name, character_mode, "", major, minor);
}

std::string Cpio::finish() {
  entry("TRAILER!!!", 0, "", 0, 0);
  return std::move(text_);
}

}  // namespace faultline::kernel
