// initramfs.hpp: the root file system of a guest, made in memory: one static program and what it
// reads. No tool, no root: a cpio archive ("newc", Documentation/driver-api/early-userspace/
// buffer-format.rst of the kernel) holds device nodes without making any. It is not compressed: a
// kernel needs no option for that, and an emulated CPU takes longer to unpack it than to copy it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace faultline::kernel {

class Cpio {
 public:
  void folder(std::string_view name);
  void file(std::string_view name, std::string_view content, bool executable = false);
  void character_device(std::string_view name, unsigned major, unsigned minor);
  // The whole archive; nothing is added after that.
  std::string finish();

 private:
  void entry(std::string_view name, unsigned mode, std::string_view content, unsigned major,
             unsigned minor);

  std::string text_;
  unsigned inode_ = 0;
};

}  // namespace faultline::kernel
