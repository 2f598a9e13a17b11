// boot_once.cpp: the host's side of one boot.
#include "runner/kernel/boot_once.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "runner/child.hpp"
#include "runner/errors.hpp"
#include "runner/kernel/guest.hpp"
#include "runner/kernel/initramfs.hpp"
#include "runner/kernel/stream.hpp"
#include "runner/kernel/tool.hpp"
#include "runner/sysfs.hpp"

namespace faultline::kernel {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t dump_lines = 40;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string content_of(const std::string& path) {
  const std::optional<std::string> text = read_text(path);
  if (!text || text->empty()) {
    throw Failure(exit_code::environment,
                  fmt::format("cannot read {}; build it with: ninja -C build faultline", path));
  }
  return *text;
}

std::string console_end(const std::string& console) {
  const std::vector<std::string_view> lines = split(console, '\n');
  std::string end;
  const std::size_t first = lines.size() > dump_lines ? lines.size() - dump_lines : 0;
  for (std::size_t i = first; i < lines.size(); ++i) {
    std::string line = printable_ascii(trim(lines[i]));
    if (!line.empty()) end += line + "\n";
  }
  return end;
}

// One boot as it goes on.
class Watch {
 public:
  Watch(std::size_t runs, const BootTimes& times, const std::function<void(int)>& begun)
      : runs_(runs), times_(times), begun_(begun), begin_(Clock::now()), last_(begin_) {}

  Booted follow(Vm& vm) {
    std::string bytes;
    for (bool alive = true; alive && !ended_ && booted_.failure.empty();) {
      if (interrupt_signal != 0) {
        booted_.interrupted = true;
        break;
      }
      bytes.clear();
      alive = vm.read(100, bytes);
      take(bytes);
      if (!ended_ && booted_.failure.empty()) check_time(vm);
    }
    vm.stop();
    if (!ended_ && !booted_.interrupted && booted_.failure.empty()) explain_end(vm);
    if (ended_ && booted_.records.size() < runs_ && booted_.failure.empty()) {
      fail(fmt::format("sent {} of {} records", booted_.records.size(), runs_));
    }
    if (!booted_.failure.empty()) booted_.dump = console_end(vm.console());
    booted_.wall_s = since(begin_);
    return std::move(booted_);
  }

 private:
  void fail(std::string why) { booted_.failure = std::move(why); }

  void take(const std::string& bytes) {
    for (const Frame& frame : reader_.add(bytes)) {
      const Json payload = Json::parse(frame.payload, nullptr, /*allow_exceptions=*/false);
      if (!payload.is_object()) return fail("sent a frame that is no JSON");
      last_ = Clock::now();
      take(frame.kind, payload);
    }
    if (!reader_.error().empty()) fail("sent a damaged stream: " + reader_.error());
  }

  void take(const std::string& kind, const Json& payload) {
    if (kind == "hello") {
      booted_.hello = payload;
    } else if (kind == "begin") {
      running_ = payload.value("id", -1);
      if (booted_.first_run_s == 0) booted_.first_run_s = since(begin_);
      if (begun_) begun_(running_);
    } else if (kind == "record") {
      booted_.records[payload.value("id", -1)] = payload;
      running_ = -1;
    } else if (kind == "end") {
      ended_ = true;
      const std::size_t sent = payload.value("runs", std::size_t{0});
      if (sent != booted_.records.size()) {
        fail(fmt::format("says {} records, {} came", sent, booted_.records.size()));
      }
    }
  }

  void check_time(const Vm& vm) {
    if (vm.errors().find("KVM internal error") != std::string::npos) {
      booted_.refused = true;
      return fail("KVM on this host cannot run this guest: " + first_error(vm));
    }
    const bool booting = booted_.hello.is_null();
    const double limit = booting ? times_.boot_s : times_.run_s;
    if (since(last_) <= limit) return;
    fail(booting ? fmt::format("did not boot within {:g} s", limit)
                 : fmt::format("hung: no word for {:g} s {}", limit, where()));
  }

  [[nodiscard]] std::string where() const {
    if (booted_.hello.is_null()) return "before the first run";
    if (running_ >= 0) return fmt::format("in run {} of this boot", running_);
    return "between two runs";
  }

  static std::string first_error(const Vm& vm) {
    for (const std::string_view line : split(vm.errors(), '\n')) {
      if (line.find("warning:") == std::string_view::npos && !trim(line).empty()) {
        return printable_ascii(trim(line));
      }
    }
    return "";
  }

  // QEMU has ended without being asked to.
  void explain_end(const Vm& vm) {
    const std::string said = first_error(vm);
    if (vm.console().find("Kernel panic") != std::string::npos) {
      return fail("panicked " + where());
    }
    booted_.refused = reader_.frames() == 0 && vm.console().empty() && !said.empty();
    if (booted_.refused) return fail("QEMU: " + said);
    if (reader_.cut_short()) return fail("ended in the middle of a frame " + where());
    fail(fmt::format("ended without its last frame {}{}{}", where(), said.empty() ? "" : ": ",
                     said));
  }

  std::size_t runs_;
  const BootTimes& times_;
  const std::function<void(int)>& begun_;
  Clock::time_point begin_;
  Clock::time_point last_;
  FrameReader reader_;
  Booted booted_;
  int running_ = -1;
  bool ended_ = false;
};

}  // namespace

std::string make_initramfs(const KernelImage& image, const std::string& program,
                           const std::vector<GuestRun>& runs, const BootTimes& times,
                           const std::string& accel) {
  Cpio archive;
  for (const char* folder : {"boot", "dev", "modules", "proc", "sys", "tmp"})
    archive.folder(folder);
  archive.character_device("dev/console", 5, 1);
  archive.file("init", content_of(program), /*executable=*/true);
  if (!image.config.empty()) archive.file("boot/config-" + image.header.release, image.config);
  int number = 10;  // the guest loads them by name
  for (const std::string& module : image.modules) {
    archive.file(
        fmt::format("modules/{}-{}", number++, std::filesystem::path(module).filename().string()),
        content_of(module));
  }
  // An instruction takes a nanosecond there: how long a run takes, its host has to judge.
  const double guest_s = accel == "icount" ? 10 * times.run_s : times.run_s;
  Json job = {{"settle_s", times.settle_s}, {"runs", Json::array()}};
  for (const GuestRun& run : runs) {
    job["runs"].push_back({{"id", run.id}, {"args", run.args}, {"deadline_s", guest_s}});
  }
  archive.file("job.json", job.dump());
  return archive.finish();
}

Booted boot_once(const std::string& qemu, const VmOptions& options, const KernelImage& image,
                 const std::string& initramfs, std::size_t runs, const BootTimes& times,
                 const std::function<void(int)>& begun) {
  Vm vm(qemu, options, image.path, initramfs);
  return Watch(runs, times, begun).follow(vm);
}

}  // namespace faultline::kernel
