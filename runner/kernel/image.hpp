// image.hpp: kernels to boot: from a file, a build tree, Debian's packages, or this system.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faultline::kernel {

// What the boot header of a bzImage says (Documentation/arch/x86/boot.rst of the kernel).
struct BootHeader {
  std::string release;  // 6.12.3
  std::string version;  // release, builder, number and date of the build
};

// Reads the header from the first bytes of a file. Throws Failure(usage): one line for what is
// another system's kernel, or none.
BootHeader read_boot_header(std::string_view head, const std::string& path);

struct GitState {
  std::string commit;
  std::string describe;
  bool dirty = false;
};

struct KernelImage {
  std::string asked;   // as on the command line
  std::string source;  // file, tree, debian, running
  std::string path;    // of the bzImage
  std::string label;
  BootHeader header;
  std::string sha256;
  std::optional<GitState> git;
  std::string config;                // its text; empty: not known
  std::vector<std::string> modules;  // files of the virtio console driver, in order of loading
};

// FILE | TREE | debian:VERSION | running. Throws Failure: usage for what is no kernel, environment
// where it cannot be had here.
KernelImage find_image(const std::string& asked);

// All of them, with labels that differ. Throws Failure.
std::vector<KernelImage> find_images(const std::vector<std::string>& asked);

// Of the names of packages, the newest cloud kernel of a version: "6.1" does not find 6.12.
std::optional<std::string> newest_package(const std::vector<std::string>& names,
                                          const std::string& version);

// The first option that the guest needs and this configuration does not have; empty: none.
std::string missing_option(const std::string& config);

nlohmann::ordered_json image_json(const KernelImage& image);

}  // namespace faultline::kernel
