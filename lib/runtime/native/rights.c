/*
 * What this process gives up.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

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

/* Numbers from here on are those of x32, which x86-64 knows as well: none of ours. */
#ifdef __x86_64__
#define FIRST_OTHER 0x40000000u
#else
#define FIRST_OTHER 0xffffffffu
#endif

#define FIELD(name) \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define JUMP(how, value, then, otherwise) \
  BPF_JUMP(BPF_JMP | BPF_K | (how), value, then, otherwise)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

NATIVE(forbidPrograms) {
  struct sock_filter code[] = {
      FIELD(arch),
      JUMP(BPF_JEQ, MACHINE, 0, 4),
      FIELD(nr),
      JUMP(BPF_JGE, FIRST_OTHER, 2, 0),
      JUMP(BPF_JEQ, SYS_execve, 1, 0),
      JUMP(BPF_JEQ, SYS_execveat, 0, 1),
      RETURN(SECCOMP_RET_ERRNO | EPERM),
      RETURN(SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof code / sizeof *code, code};
  bool is_kept =
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
  return JS_NewBool(ctx, is_kept);
}
