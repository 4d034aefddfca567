/*
 * The resolver. musl's look-ups block, so each runs in a process of its own,
 * which ends with this one.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <unistd.h>

#include "native.h"

/* How long a look-up may take where no route leads to any name server, in µs: files may know the name. */
enum { unserved_time = 300000 };

/*
 * Whether a route leads to a name server. Without one musl waits 5 s. Where
 * resolv.conf names none, it asks this machine.
 */
static bool is_served(void) {
  char line[256], host[128];
  bool is_named = false, is_reachable = false;
  FILE *file = fopen("/etc/resolv.conf", "re");
  if (!file) return true;
  while (!is_reachable && fgets(line, sizeof line, file)) {
    /* An IPv6 address may name its interface. */
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST,
                             .ai_socktype = SOCK_DGRAM},
                    *at;
    if (sscanf(line, "nameserver %127s", host) != 1) continue;
    if (getaddrinfo(host, "53", &hints, &at) != 0) continue;
    is_named = true;
    int fd = socket(at->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    is_reachable = connect(fd, at->ai_addr, at->ai_addrlen) == 0;
    freeaddrinfo(at);
    if (fd >= 0) close(fd);
  }
  fclose(file);
  return is_reachable || !is_named;
}

static int answer_pipe;

static void give_up(int number) {
  (void)number;
  if (write(answer_pipe, "!EAGAIN\n", 8) < 0) _exit(1);
  _exit(0);
}

static const char *reason_of(int result) {
  switch (result) {
    case EAI_NONAME:
      return "ENOTFOUND";
#ifdef EAI_NODATA
    case EAI_NODATA:
      return "ENODATA";
#endif
    case EAI_AGAIN:
      return "EAGAIN";
    default:
      return "EFAIL";
  }
}

/* Looks up a name and writes a line for each address, or `!` and the reason why there is none. */
static _Noreturn void look_up(const char *name) {
  if (!is_served()) {
    struct itimerval soon = {.it_value = {.tv_usec = unserved_time}};
    signal(SIGALRM, give_up);
    setitimer(ITIMER_REAL, &soon, NULL);
  }
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all = NULL;
  int result = getaddrinfo(name, NULL, &hints, &all);
  /* The answer is there. */
  signal(SIGALRM, SIG_IGN);
  if (result != 0) dprintf(answer_pipe, "!%s\n", reason_of(result));
  for (struct addrinfo *it = all; it; it = it->ai_next) {
    char text[INET6_ADDRSTRLEN];
    const union address *at = (const union address *)it->ai_addr;
    const void *bytes = it->ai_family == AF_INET ? (void *)&at->v4.sin_addr
                                                 : (void *)&at->v6.sin6_addr;
    if (inet_ntop(it->ai_family, bytes, text, sizeof text))
      dprintf(answer_pipe, "%s\n", text);
  }
  _exit(0);
}

NATIVE(resolve) {
  int pipes[2];
  const char *name = text_of(ctx, args[0]);
  if (!name) return JS_EXCEPTION;
  if (pipe2(pipes, O_CLOEXEC) < 0) {
    free_text(name);
    return fail(ctx, errno);
  }
  pid_t parent = getpid(), pid = fork_without_handlers();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* It may be gone already. */
    if (getppid() != parent) _exit(1);
    signal(SIGPIPE, SIG_IGN);
    answer_pipe = pipes[1];
    look_up(name);
  }
  int number = errno;
  free_text(name);
  close(pipes[1]);
  errno = number;
  if (pid < 0) return fail_and_close(ctx, pipes[0]);
  child_count++;
  return JS_NewInt32(ctx, pipes[0]);
}
