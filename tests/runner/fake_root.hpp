// fake_root.hpp: a /proc and /sys of our own making, in a temporary directory.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace faultline {

class FakeRoot {
 public:
  FakeRoot() : path_(testing::TempDir() + "faultline_root_XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp " + path_);
  }
  ~FakeRoot() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  FakeRoot(const FakeRoot&) = delete;
  FakeRoot& operator=(const FakeRoot&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  void write(const std::string& file, const std::string& text) const {
    const std::string whole = path_ + file;
    std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
    std::ofstream(whole, std::ios::binary) << text;
  }

 private:
  std::string path_;
};

}  // namespace faultline
