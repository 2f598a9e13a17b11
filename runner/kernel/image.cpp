// image.cpp: finding a kernel and saying what it is.
#include "runner/kernel/image.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "runner/errors.hpp"
#include "runner/kernel/debian.hpp"
#include "runner/kernel/tool.hpp"
#include "runner/sha256.hpp"
#include "runner/sysfs.hpp"

namespace faultline::kernel {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t head_bytes = 64 * 1024;  // the setup code ends before that

unsigned word_at(std::string_view head, std::size_t at) {
  return static_cast<unsigned char>(head[at]) |
         static_cast<unsigned>(static_cast<unsigned char>(head[at + 1])) << 8;
}

// What the file is instead of a bzImage, and the cure.
std::string other_kind(std::string_view head) {
  if (head.starts_with("\177ELF")) {
    return "is an ELF file (a vmlinux?); give arch/x86/boot/bzImage of its build tree";
  }
  if (head.size() > 0x3c && head.substr(0x38, 4) == "ARM\x64") {
    return "is a kernel for arm64; give one built for x86-64";
  }
  if (head.starts_with("\x1f\x8b")) {
    return "is a gzip file (an initrd, or an Image.gz of another architecture?); give a bzImage";
  }
  return "is no kernel: it has no boot header of x86; give a bzImage or vmlinuz";
}

std::string read_head(const std::string& path) {
  std::error_code none;
  std::ifstream file(path, std::ios::binary);
  if (!file || !fs::is_regular_file(path, none)) {
    throw Failure(exit_code::usage,
                  fmt::format("--image: cannot read {}: {}; give a bzImage, a kernel's build tree, "
                              "debian:6.12, or running",
                              path, errno != 0 ? std::strerror(errno) : "it is no file"));
  }
  std::string head(head_bytes, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return head;
}

// In the order in which each finds what it needs.
constexpr std::array virtio_modules{
    "virtio/virtio_ring",           "virtio/virtio",     "virtio/virtio_pci_legacy_dev",
    "virtio/virtio_pci_modern_dev", "virtio/virtio_pci", "char/virtio_console"};

std::vector<std::string> find_modules(const std::string& drivers) {
  std::vector<std::string> found;
  for (const char* name : virtio_modules) {
    for (const char* ending : {".ko", ".ko.xz", ".ko.zst", ".ko.gz"}) {
      const std::string path = drivers + "/" + name + ending;
      if (access(path.c_str(), R_OK) != 0) continue;
      found.push_back(path);
      break;
    }
  }
  return found;
}

std::string absolute(const std::string& path) {
  std::error_code error;
  const fs::path whole = fs::canonical(path, error);
  return error ? path : whole.string();
}

std::string folder_of(const std::string& path) {
  return fs::path(path).parent_path().string();
}

KernelImage from_file(const std::string& path) {
  KernelImage image;
  image.header = read_boot_header(read_head(path), path);
  image.path = absolute(path);
  image.source = "file";
  image.label = image.header.release;
  image.sha256 = sha256_file(image.path).value_or("");
  const std::string folder = folder_of(image.path);
  image.config = read_text(folder + "/config-" + image.header.release).value_or("");
  for (const std::string& root : {folder + "/../lib/modules/", std::string("/lib/modules/")}) {
    if (image.modules.empty()) {
      image.modules = find_modules(root + image.header.release + "/kernel/drivers");
    }
  }
  return image;
}

std::optional<GitState> git_state(const std::string& tree) {
  const auto git = [&tree](std::vector<std::string> words) {
    words.insert(words.begin(), {"git", "-C", tree});
    const ToolResult said = run_tool(words, "", 60);
    return said.exit == 0 ? std::string(trim(said.output)) : std::string();
  };
  GitState state;
  state.commit = git({"rev-parse", "HEAD"});
  state.describe = printable_ascii(git({"describe", "--always", "--abbrev=12", "--dirty"}));
  state.dirty = state.describe.ends_with("-dirty");
  if (state.commit.size() != 40 || state.describe.empty()) return std::nullopt;
  return state;
}

KernelImage from_tree(const std::string& tree) {
  const std::string path = tree + "/arch/x86/boot/bzImage";
  if (access(path.c_str(), R_OK) != 0) {
    throw Failure(exit_code::usage,
                  fmt::format("--image: {} has no arch/x86/boot/bzImage; build it there (make "
                              "bzImage), or give the folder of O=",
                              tree));
  }
  KernelImage image = from_file(path);
  image.source = "tree";
  image.config = read_text(tree + "/.config").value_or("");
  image.modules = find_modules(tree + "/drivers");
  // A build folder of its own (O=) links to its source.
  const std::string source = tree + "/source";
  image.git = git_state(access(source.c_str(), F_OK) == 0 ? source : tree);
  if (image.git) image.label = image.git->describe;
  return image;
}

KernelImage from_debian(const std::string& version) {
  const std::string folder = debian_kernel(version);
  for (const std::string& name : list_directory(folder + "/boot")) {
    if (!name.starts_with("vmlinuz-")) continue;
    KernelImage image = from_file(folder + "/boot/" + name);
    image.source = "debian";
    image.modules = find_modules(folder + "/modules");
    return image;
  }
  throw Failure(
      exit_code::environment,
      fmt::format("--image: {} has no kernel in it; remove that folder and try again", folder));
}

KernelImage from_running() {
  utsname names{};
  uname(&names);
  const std::string path = fmt::format("/boot/vmlinuz-{}", names.release);
  if (access(path.c_str(), R_OK) != 0) {
    throw Failure(exit_code::environment,
                  fmt::format("--image running: cannot read {}: {}; give the file of that kernel",
                              path, std::strerror(errno)));
  }
  KernelImage image = from_file(path);
  image.source = "running";
  return image;
}

}  // namespace

BootHeader read_boot_header(std::string_view head, const std::string& path) {
  const auto refuse = [&path](const std::string& why) {
    return Failure(exit_code::usage, fmt::format("--image: {} {}", path, why));
  };
  constexpr std::size_t header_end = 0x268;
  if (head.size() < header_end || word_at(head, 0x1fe) != 0xaa55 ||
      head.substr(0x202, 4) != "HdrS") {
    throw refuse(other_kind(head));
  }
  constexpr unsigned xloadflags_protocol = 0x20c;
  if (word_at(head, 0x206) < xloadflags_protocol || (word_at(head, 0x236) & 1U) == 0) {
    throw refuse("is a 32-bit kernel; give one built for x86-64");
  }
  const std::size_t at = word_at(head, 0x20e) + std::size_t{0x200};
  if (at == 0x200 || at >= head.size()) {
    throw refuse("does not say which version it is; give a whole bzImage");
  }
  const std::string_view rest = head.substr(at);
  const std::string version =
      printable_ascii(rest.substr(0, std::min(rest.find('\0'), rest.size())));
  return {version.substr(0, version.find(' ')), version};
}

std::string missing_option(const std::string& config) {
  if (config.empty()) return "";
  const std::string text = "\n" + config;
  const auto has = [&text](const std::string& option) {
    return text.find("\nCONFIG_" + option + "=y") != std::string::npos;
  };
  for (const char* option : {"64BIT", "BLK_DEV_INITRD", "BINFMT_ELF", "PROC_FS", "SYSFS",
                             "DEVTMPFS", "TMPFS", "SERIAL_8250", "SERIAL_8250_CONSOLE"}) {
    if (!has(option)) return std::string("CONFIG_") + option;
  }
  return "";
}

KernelImage find_image(const std::string& asked) {
  constexpr std::string_view debian = "debian:";
  std::error_code none;
  KernelImage image;
  if (asked.starts_with(debian)) {
    image = from_debian(asked.substr(debian.size()));
  } else if (asked == "running") {
    image = from_running();
  } else if (fs::is_directory(asked, none)) {
    image = from_tree(asked);
  } else {
    errno = 0;
    image = from_file(asked);
  }
  image.asked = asked;
  const std::string missing = missing_option(image.config);
  if (!missing.empty()) {
    throw Failure(exit_code::environment,
                  fmt::format("--image: {} is built without {}; build it with that option (make "
                              "kvm_guest.config sets all that a guest needs)",
                              asked, missing));
  }
  return image;
}

std::vector<KernelImage> find_images(const std::vector<std::string>& asked) {
  std::vector<KernelImage> images;
  for (const std::string& one : asked) {
    images.push_back(find_image(one));
    KernelImage& image = images.back();
    const auto same = [&image](const KernelImage& other) { return other.label == image.label; };
    const auto before = std::count_if(images.begin(), images.end() - 1, same);
    if (before > 0) image.label += fmt::format(" ({})", asked.size() > 1 ? images.size() : 1);
  }
  return images;
}

nlohmann::ordered_json image_json(const KernelImage& image) {
  return {{"source", image.source},
          {"file", fs::path(image.path).filename().string()},
          {"release", image.header.release},
          {"version", image.header.version},
          {"sha256", image.sha256}};
}

}  // namespace faultline::kernel
