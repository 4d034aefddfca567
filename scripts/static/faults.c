/*
 * Lets calls of the system fail, for tests: the sanitized build is linked so
 * that its calls of the functions below come here first.
 *
 * LIFESIGN_FAULT is `CODE:N` for the N-th call that can fail with that code,
 * `CODE:N+` for it and all later ones. The code `memory` lets allocations fail.
 * At its end the process writes to the file that LIFESIGN_FAULT_REPORT names how
 * many descriptors were open, and how many calls could have failed with each
 * code, in the order below.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a call can fail with. */
enum {
  emfile = 1,
  enfile = 2,
  enomem = 4,
  enospc = 8,
  eintr = 16,
  eagain = 32,
  memory = 64,
  no_file = emfile | enfile | enomem,
  later = eintr | eagain
};

static const struct {
  const char *name;
  int bit, number;
} codes[] = {
    {"EMFILE", emfile, EMFILE}, {"ENFILE", enfile, ENFILE},
    {"ENOMEM", enomem, ENOMEM}, {"ENOSPC", enospc, ENOSPC},
    {"EINTR", eintr, EINTR},    {"EAGAIN", eagain, EAGAIN},
    {"memory", memory, ENOMEM},
};

enum { code_count = sizeof codes / sizeof *codes };

/* Which of the calls that can fail with a code do: none as long as both are 0. */
static int counts[code_count], chosen, first, last;
static const char *report;

static bool fails(int can) {
  for (int k = 0; k < code_count; k++) counts[k] += (can & codes[k].bit) != 0;
  if (!(can & codes[chosen].bit) || counts[chosen] < first ||
      counts[chosen] > last)
    return false;
  errno = codes[chosen].number;
  return true;
}

#define WRAPPED(type, name, can, failure, parameters, arguments) \
  type __real_##name parameters;                                 \
  type __wrap_##name parameters;                                 \
  type __wrap_##name parameters {                                \
    return fails(can) ? failure : __real_##name arguments; \
  }

/* The build reads the names in these rows. */
/* files.c */
WRAPPED(int, unlink, enomem, -1, (const char *a), (a))
WRAPPED(int, rename, enomem | enospc, -1, (const char *a, const char *b), (a, b))
WRAPPED(ssize_t, readlink, enomem, -1, (const char *a, char *b, size_t c), (a, b, c))
WRAPPED(ssize_t, read, later, -1, (int a, void *b, size_t c), (a, b, c))
WRAPPED(int, fstat, enomem, -1, (int a, struct stat *b), (a, b))
static int can_write(int fd);
WRAPPED(ssize_t, write, can_write(a), -1, (int a, const void *b, size_t c), (a, b, c))
WRAPPED(int, ftruncate, eintr, -1, (int a, off_t b), (a, b))
WRAPPED(int, fsync, eintr | enospc, -1, (int a), (a))
WRAPPED(int, fchmod, enomem, -1, (int a, mode_t b), (a, b))
WRAPPED(int, flock, later | enomem, -1, (int a, int b), (a, b))
WRAPPED(int, stat, enomem, -1, (const char *a, struct stat *b), (a, b))
WRAPPED(int, lstat, enomem, -1, (const char *a, struct stat *b), (a, b))
WRAPPED(DIR *, opendir, no_file, NULL, (const char *a), (a))
WRAPPED(struct dirent *, readdir, enomem, NULL, (DIR *a), (a))
/* loop.c */
WRAPPED(int, epoll_create1, no_file, -1, (int a), (a))
WRAPPED(int, epoll_ctl, enomem | enospc, -1, (int a, int b, int c, struct epoll_event *d), (a, b, c, d))
WRAPPED(int, epoll_wait, eintr, -1, (int a, struct epoll_event *b, int c, int d), (a, b, c, d))
WRAPPED(pid_t, fork, enomem | eagain, -1, (void), ())
/* sockets.c */
WRAPPED(int, socket, no_file, -1, (int a, int b, int c), (a, b, c))
WRAPPED(int, bind, enomem, -1, (int a, const struct sockaddr *b, socklen_t c), (a, b, c))
WRAPPED(int, connect, enomem | eagain, -1, (int a, const struct sockaddr *b, socklen_t c), (a, b, c))
WRAPPED(int, listen, enomem, -1, (int a, int b), (a, b))
WRAPPED(int, accept4, no_file | later, -1, (int a, struct sockaddr *b, socklen_t *c, int d), (a, b, c, d))
WRAPPED(int, getsockname, enomem, -1, (int a, struct sockaddr *b, socklen_t *c), (a, b, c))
WRAPPED(int, getpeername, enomem, -1, (int a, struct sockaddr *b, socklen_t *c), (a, b, c))
WRAPPED(int, setsockopt, enomem, -1, (int a, int b, int c, const void *d, socklen_t e), (a, b, c, d, e))
WRAPPED(int, shutdown, enomem, -1, (int a, int b), (a, b))
WRAPPED(ssize_t, send, enomem | later, -1, (int a, const void *b, size_t c, int d), (a, b, c, d))
WRAPPED(ssize_t, sendto, enomem | later, -1, (int a, const void *b, size_t c, int d, const struct sockaddr *e, socklen_t f), (a, b, c, d, e, f))
WRAPPED(ssize_t, recv, enomem | later, -1, (int a, void *b, size_t c, int d), (a, b, c, d))
WRAPPED(ssize_t, recvfrom, enomem | later, -1, (int a, void *b, size_t c, int d, struct sockaddr *e, socklen_t *f), (a, b, c, d, e, f))
WRAPPED(ssize_t, recvmsg, enomem | later, -1, (int a, struct msghdr *b, int c), (a, b, c))
WRAPPED(int, poll, enomem | eintr, -1, (struct pollfd *a, nfds_t b, int c), (a, b, c))
WRAPPED(int, getifaddrs, no_file, -1, (struct ifaddrs **a), (a))
/* processes.c and names.c */
WRAPPED(int, pipe2, emfile | enfile, -1, (int *a, int b), (a, b))
WRAPPED(int, dup2, emfile | eintr, -1, (int a, int b), (a, b))
WRAPPED(int, execve, no_file | eagain, -1, (const char *a, char *const *b, char *const *c), (a, b, c))
WRAPPED(ssize_t, getrandom, eintr, -1, (void *a, size_t b, unsigned c), (a, b, c))
WRAPPED(FILE *, fopen, no_file, NULL, (const char *a, const char *b), (a, b))
WRAPPED(int, getaddrinfo, no_file, EAI_SYSTEM, (const char *a, const char *b, const struct addrinfo *c, struct addrinfo **d), (a, b, c, d))
/* memory.c, and all others that allocate */
WRAPPED(void *, malloc, memory, NULL, (size_t a), (a))
WRAPPED(void *, calloc, memory, NULL, (size_t a, size_t b), (a, b))
WRAPPED(void *, realloc, memory, NULL, (void *a, size_t b), (a, b))
/* `open` is this, too: only that has no fixed number of arguments. */
WRAPPED(int, openat, no_file | enospc | eintr, -1, (int a, const char *b, int c, mode_t d), (a, b, c, d))

int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return __wrap_openat(AT_FDCWD, path, flags, mode);
}

/* A code that lifesign has no use for. What can't be allocated is missing, as elsewhere. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
  return "exitcode=99:allocator_may_return_null=1";
}

/* Others may have made stdout and stderr non-blocking; only files are on a disk. */
static int can_write(int fd) {
  struct stat it;
  if (fd == 1 || fd == 2) return later;
  return __real_fstat(fd, &it) == 0 && S_ISREG(it.st_mode) ? eintr | enospc : 0;
}

static void tell(void) {
  char text[256];
  int descriptors = 0;
  for (int fd = 0; fd < 1024; fd++) descriptors += fcntl(fd, F_GETFD) >= 0;
  int length = snprintf(text, sizeof text, "%d", descriptors);
  for (int k = 0; k < code_count; k++)
    length += snprintf(text + length, sizeof text - length, " %d", counts[k]);
  int fd = __real_openat(AT_FDCWD, report, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) return;
  if (__real_write(fd, text, length) != length) abort();
  close(fd);
}

__attribute__((constructor)) static void prepare(void) {
  const char *fault = getenv("LIFESIGN_FAULT");
  report = getenv("LIFESIGN_FAULT_REPORT");
  if (!fault) return;
  for (int k = 0; k < code_count; k++) {
    size_t length = strlen(codes[k].name);
    if (strncmp(fault, codes[k].name, length) != 0 || fault[length] != ':')
      continue;
    first = last = atoi(fault + length + 1);
    if (strchr(fault, '+')) last = 1 << 30;
    chosen = k;
  }
  unsetenv("LIFESIGN_FAULT");
  if (report) atexit(tell);
}
