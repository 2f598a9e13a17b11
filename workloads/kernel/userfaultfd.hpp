// userfaultfd.hpp: pages copied into a region that userfaultfd watches, by the threads themselves.
//
// One region is registered for missing pages; each thread fills its share of it with UFFDIO_COPY,
// as the receiver of a migrating guest or a collector of garbage does, and reads what it has put
// there. No thread waits for a fault of another one. The pages are given back as in pft, inside of
// the window: counter `zap_ns`.
#pragma once

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "workloads/kernel/memory.hpp"

namespace faultline::kernel {

class Userfaultfd {
 public:
  struct Thread : KernelThread {
    PageCursor cursor;
    alignas(page_bytes) char source[page_bytes] = {};
  };

  static WorkloadInfo info() {
    return {"userfaultfd",
            "threads copy pages into a region that userfaultfd watches",
            "copy",
            "copy",
            1,
            {pages_param(8192)}};
  }
  static const char* role(unsigned, unsigned) { return "copy"; }
  static const char* body() {
    return "for (;;) {\n"
           "  for (page = share; page < share_end; page += 4096) {   /* one operation */\n"
           "    struct uffdio_copy copy = {.dst = page, .src = source, .len = 4096};\n"
           "    ioctl(uffd, UFFDIO_COPY, &copy);\n"
           "    sum += *page;\n"
           "  }\n"
           "  madvise(share, share_end - share, MADV_DONTNEED);\n"
           "}\n";
  }

  Userfaultfd(const ParamValues& params, const KernelSetup& setup)
      : bytes_(pages_bytes(params)),
        stride_(round_up(bytes_, huge_bytes)),
        place_(stride_ * setup.threads),
        fd_(open_uffd()) {
    char* const all = map_at(place_.begin(), stride_ * setup.threads, MAP_NORESERVE);
    advise_thp(all, stride_ * setup.threads, Thp::never);
    uffdio_register region{};
    region.range.start = reinterpret_cast<std::uintptr_t>(all);
    region.range.len = stride_ * setup.threads;
    region.mode = UFFDIO_REGISTER_MODE_MISSING;
    if (ioctl(fd_, UFFDIO_REGISTER, &region) != 0) {
      fail_call("UFFDIO_REGISTER", "use a kernel with CONFIG_USERFAULTFD");
    }
    check_vmas(all, all + stride_ * setup.threads, 1);
  }
  ~Userfaultfd() { close(fd_); }
  Userfaultfd(const Userfaultfd&) = delete;
  Userfaultfd& operator=(const Userfaultfd&) = delete;

  void prepare(Thread& thread) {
    thread.source[0] = 1;
    thread.cursor.set(place_.begin() + thread.slot * stride_, bytes_, page_bytes);
  }
  void op(Thread& thread) {
    char* const page = thread.cursor.take(thread);
    uffdio_copy copy{};
    copy.dst = reinterpret_cast<std::uintptr_t>(page);
    copy.src = reinterpret_cast<std::uintptr_t>(thread.source);
    copy.len = page_bytes;
    // EAGAIN: the mm is being changed just now.
    while (ioctl(fd_, UFFDIO_COPY, &copy) != 0) {
      if (errno != EAGAIN) fail_call("UFFDIO_COPY", "use fewer threads or pages (--set)");
    }
    if (*const_cast<volatile char*>(page) != 1) {
      throw KernelError("a page does not hold what UFFDIO_COPY put there; report it: a kernel bug");
    }
  }
  void finish(Thread&) {}

 private:
  static int open_uffd() {
#ifdef UFFD_USER_MODE_ONLY
    constexpr int flags = O_CLOEXEC | UFFD_USER_MODE_ONLY;  // which needs no privilege
#else
    constexpr int flags = O_CLOEXEC;
#endif
    int fd = static_cast<int>(syscall(SYS_userfaultfd, flags));
    // Kernels before 5.11 do not know the flag.
    if (fd < 0 && errno == EINVAL) fd = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC));
    if (fd < 0) {
      fail_call("userfaultfd", errno == ENOSYS
                                   ? "use a kernel with CONFIG_USERFAULTFD"
                                   : "sysctl vm.unprivileged_userfaultfd=1, or allow the call in "
                                     "the sandbox");
    }
    uffdio_api api{};
    api.api = UFFD_API;
    if (ioctl(fd, UFFDIO_API, &api) != 0) {
      close(fd);
      fail_call("UFFDIO_API", "use another kernel: this one has another interface");
    }
    return fd;
  }

  std::size_t bytes_;
  std::size_t stride_;
  Place place_;
  int fd_;
};

}  // namespace faultline::kernel
