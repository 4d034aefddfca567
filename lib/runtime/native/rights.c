/*
 * What this process gives up: the right to start programs, and with it all
 * system calls that it has no use for. Programs that are started would inherit
 * that, so it can only be given up together.
 */
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "native.h"

/* The machine as seccomp names it. */
#if defined __x86_64__
#define MACHINE AUDIT_ARCH_X86_64
#elif defined __i386__
#define MACHINE AUDIT_ARCH_I386
#elif defined __aarch64__
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined __arm__
#define MACHINE AUDIT_ARCH_ARM
#elif defined __MIPSEL__
#define MACHINE AUDIT_ARCH_MIPSEL
#elif defined __mips__
#define MACHINE AUDIT_ARCH_MIPS
#elif defined __riscv && __riscv_xlen == 64
#define MACHINE AUDIT_ARCH_RISCV64
#endif

/*
 * All that is left: no program, no other user, no mount, no module, no tracing.
 * Machines lack some of these, or have them with other widths. On x86-64 the
 * numbers of x32 are none of them.
 */
static const unsigned allowed[] = {
    /* memory, time, chance, signals, the end */
    SYS_brk, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_exit,
    SYS_exit_group, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
    SYS_restart_syscall, SYS_kill, SYS_tkill, SYS_tgkill, SYS_getpid,
    SYS_getppid, SYS_gettid, SYS_getuid, SYS_futex, SYS_sysinfo, SYS_uname,
    SYS_setitimer, SYS_prlimit64, SYS_prctl, SYS_set_tid_address,
#ifdef SYS_gettimeofday
    SYS_gettimeofday,
#endif
#ifdef SYS_gettimeofday_time32
    SYS_gettimeofday_time32,
#endif
#ifdef SYS_clock_gettime
    SYS_clock_gettime,
#endif
#ifdef SYS_clock_gettime64
    SYS_clock_gettime64,
#endif
#ifdef SYS_clock_gettime32
    SYS_clock_gettime32,
#endif
#ifdef SYS_clock_nanosleep
    SYS_clock_nanosleep,
#endif
#ifdef SYS_clock_nanosleep_time64
    SYS_clock_nanosleep_time64,
#endif
#ifdef SYS_mmap
    SYS_mmap,
#endif
#ifdef SYS_mmap2
    SYS_mmap2,
#endif
#ifdef SYS_getrandom
    SYS_getrandom,
#endif
#ifdef SYS_seccomp
    SYS_seccomp,
#endif
#ifdef SYS_landlock_create_ruleset
    SYS_landlock_create_ruleset, SYS_landlock_add_rule,
    SYS_landlock_restrict_self,
#endif
#ifdef SYS_sigreturn
    SYS_sigreturn,
#endif
#ifdef SYS_getuid32
    SYS_getuid32,
#endif
    /* a child that looks up a name */
    SYS_clone, SYS_wait4,
#ifdef SYS_fork
    SYS_fork,
#endif
    /* files and folders */
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_close, SYS_openat,
    SYS_fcntl, SYS_ioctl, SYS_flock, SYS_fsync, SYS_ftruncate, SYS_lseek,
    SYS_fchmod, SYS_getdents64, SYS_unlinkat, SYS_renameat2, SYS_readlinkat,
    SYS_faccessat, SYS_dup, SYS_dup3, SYS_pipe2, SYS_umask, SYS_getcwd,
#ifdef SYS_open
    SYS_open, SYS_unlink, SYS_rename, SYS_readlink, SYS_access, SYS_dup2,
#endif
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef SYS_fcntl64
    SYS_fcntl64, SYS_ftruncate64, SYS__llseek,
#endif
#ifdef SYS_stat
    SYS_stat, SYS_lstat,
#endif
#ifdef SYS_fstat
    SYS_fstat,
#endif
#ifdef SYS_stat64
    SYS_stat64, SYS_lstat64,
#endif
#ifdef SYS_fstat64
    SYS_fstat64,
#endif
#ifdef SYS_fstatat64
    SYS_fstatat64,
#endif
#ifdef SYS_newfstatat
    SYS_newfstatat,
#endif
#ifdef SYS_statx
    SYS_statx,
#endif
    /* sockets, and waiting for them */
    SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_ppoll,
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_ppoll_time64
    SYS_ppoll_time64,
#endif
    SYS_socket, SYS_bind, SYS_connect, SYS_listen, SYS_accept4,
    SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt,
    SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_shutdown,
#ifdef SYS_socketcall
    SYS_socketcall,
#endif
};
enum { allowed_count = sizeof allowed / sizeof *allowed };

#define FIELD(name) \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define SKIP_UNLESS(value, count) \
  BPF_JUMP(BPF_JMP | BPF_K | BPF_JEQ, value, 0, count)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

/* A sanitizer needs other calls and files at the end. */
#ifdef PLAIN_MEMORY
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

NATIVE(forbidPrograms) {
  if (is_sanitized) return JS_FALSE;
  static struct sock_filter code[2 * allowed_count + 5];
  struct sock_filter *end = code;
  const struct sock_filter refuse = RETURN(SECCOMP_RET_ERRNO | EPERM);
  const struct sock_filter allow = RETURN(SECCOMP_RET_ALLOW);
  *end++ = (struct sock_filter)FIELD(arch);
  *end++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_K | BPF_JEQ, MACHINE, 1, 0);
  *end++ = refuse;
  *end++ = (struct sock_filter)FIELD(nr);
  for (size_t k = 0; k < allowed_count; k++) {
    *end++ = (struct sock_filter)SKIP_UNLESS(allowed[k], 1);
    *end++ = allow;
  }
  *end++ = refuse;
  struct sock_fprog filter = {end - code, code};
  bool is_kept =
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
  return JS_NewBool(ctx, is_kept);
}

#ifdef SYS_landlock_create_ruleset
/* Landlock's rights to files, by their bits. Older headers lack some. */
enum {
  execute = 1 << 0,
  write_file = 1 << 1,
  read_file = 1 << 2,
  remove_file = 1 << 5,
  make_file = 1 << 8,
  /* those of its first version, but to list folders */
  first_version = (1 << 13) - 1 - (1 << 3),
  /* to move files to other folders, of its second */
  move_away = 1 << 13,
  /* to cut files off, of its third */
  truncate_file = 1 << 14,
  /* What new files need that are renamed when they are whole. */
  keep_files = read_file | write_file | remove_file | make_file | truncate_file,
  folder_rule = 1,
  ask_version = 1
};

/* Allows something in a folder and all below it. */
static bool allow_below(int rules, const char *path, uint64_t rights) {
  struct {
    uint64_t rights;
    int32_t folder;
  } __attribute__((packed)) rule = {rights, open(path, O_PATH | O_CLOEXEC)};
  if (rule.folder < 0) return false;
  long result =
      syscall(SYS_landlock_add_rule, rules, folder_rule, &rule, 0);
  close(rule.folder);
  return result == 0;
}

/* Begins rules that forbid all that this kernel knows; returns their descriptor. */
static int begin_rules(uint64_t *forbidden) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, ask_version);
  if (version < 1) return -1;
  *forbidden = first_version | (version >= 2 ? move_away : 0) |
               (version >= 3 ? truncate_file : 0);
  return syscall(SYS_landlock_create_ruleset, forbidden, sizeof *forbidden, 0);
}

/* Allows what is kept in the folders of a list. */
static bool allow_folders(JSContext *ctx, JSValueConst list, int rules,
                          uint64_t forbidden) {
  JSValue length = JS_GetPropertyStr(ctx, list, "length");
  bool is_whole = true;
  for (int k = 0; k < int_of(ctx, length) && is_whole; k++) {
    JSValue folder = JS_GetPropertyUint32(ctx, list, k);
    const char *path = text_of(ctx, folder);
    JS_FreeValue(ctx, folder);
    is_whole = path && allow_below(rules, path, keep_files & forbidden);
    free_text(path);
  }
  return is_whole;
}

NATIVE(limitFiles) {
  uint64_t forbidden;
  int rules = is_sanitized ? -1 : begin_rules(&forbidden);
  if (rules < 0) return JS_FALSE;
  /* Time zones, and names of hosts. Where they are missing nobody reads them. */
  allow_below(rules, "/etc", read_file);
  allow_below(rules, "/usr/share/zoneinfo", read_file);
  bool is_kept = allow_folders(ctx, args[0], rules, forbidden) &&
                 prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                 syscall(SYS_landlock_restrict_self, rules, 0) == 0;
  close(rules);
  return JS_NewBool(ctx, is_kept);
}
#else
NATIVE(limitFiles) { return JS_FALSE; }
#endif
