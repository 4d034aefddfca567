/*
 * What stands between this process and a detached program: a child that adopts
 * all descendants of the program whose parents have ended, so that it can end
 * those, too, that have left the program's group. It ends as the program does.
 *
 * Its parent asks it by SIGTERM to pass that on, and by SIGQUIT to kill. If the
 * program ends before it is asked to, what it leaves running is let go.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "native.h"

/*
 * How many generations are looked for at once: those of killed parents become
 * our own children. How long there is between SIGTERM and SIGKILL unless the
 * parent wants it sooner, in s, how often it is killed again what there still
 * is, in µs, and how many times: another user's programs may refuse.
 */
enum { most_generations = 32, grace_time = 1, round_time = 10000, most_rounds = 100 };

/* Closes all descriptors: peers would not notice that the parent has closed them. */
static void close_descriptors(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, 0u, ~0u, 0u) == 0) return;
#endif
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) < 0) return;
  for (rlim_t fd = 0; fd < files.rlim_cur; fd++) close(fd);
}

/* Finds the parent and the group of a process. */
static bool find_kin(const char *name, pid_t *parent, pid_t *group) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%.16s/stat", name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return false;
  text[length] = 0;
  /* Behind its name, which may hold anything. */
  const char *rest = strrchr(text, ')');
  return rest && sscanf(rest + 1, " %*c %d %d", parent, group) == 2;
}

/* Sends a signal to all descendants of a process but those in a group, children first. */
static void signal_below(pid_t top, int number, pid_t left_out,
                         int generations) {
  DIR *all = generations > 0 ? opendir("/proc") : NULL;
  if (!all) return;
  for (struct dirent *entry; (entry = readdir(all));) {
    pid_t pid = atoi(entry->d_name), parent, group;
    if (pid <= 0 || !find_kin(entry->d_name, &parent, &group) || parent != top)
      continue;
    signal_below(pid, number, left_out, generations - 1);
    if (group != left_out) kill(pid, number);
  }
  closedir(all);
}

/* Sends a signal to the group of the program, which needs no /proc, and to all other descendants. */
static void signal_all(pid_t program, int number) {
  signal_below(getpid(), number, program, most_generations);
  kill(-program, number);
}

static void set_timer(time_t seconds, suseconds_t first, suseconds_t next) {
  struct itimerval timer = {{0, next}, {seconds, first}};
  setitimer(ITIMER_REAL, &timer, NULL);
}

/* Ends with the status of another process. */
static _Noreturn void end_like(int status) {
  if (!WIFSIGNALED(status)) _exit(WEXITSTATUS(status));
  /* The core would be this program's. */
  prctl(PR_SET_DUMPABLE, 0);
  sigset_t blocked;
  sigfillset(&blocked);
  sigdelset(&blocked, WTERMSIG(status));
  kill(getpid(), WTERMSIG(status));
  sigprocmask(SIG_SETMASK, &blocked, NULL);
  _exit(128 + WTERMSIG(status));
}

/* All signals are blocked here. */
static _Noreturn void supervise(pid_t parent, pid_t program) {
  sigset_t all;
  sigfillset(&all);
  bool is_asked = false, is_over = false;
  int end = 0, rounds = 0;
  for (;;) {
    siginfo_t info;
    int number = sigwaitinfo(&all, &info);
    if (number < 0) continue;
    bool is_sent = number != SIGCHLD && info.si_code == SI_USER;
    bool is_orphan = getppid() != parent;
    if (is_sent && info.si_pid > 0 && getsid(info.si_pid) == program) {
      /* The program takes us for its parent. */
      if (!is_orphan) kill(parent, number);
    } else if (number == SIGALRM && !is_sent) {
      if (rounds++ == 0) signal_all(program, SIGKILL);
      else signal_below(getpid(), SIGKILL, 0, most_generations);
      if (rounds == most_rounds) set_timer(0, 0, 0);
    } else if (is_sent && info.si_pid == parent && number == SIGQUIT) {
      is_asked = true;
      if (rounds == 0) set_timer(0, 1, round_time);
    } else if (!is_asked &&
               (is_orphan || (is_sent && info.si_pid == parent &&
                              number == SIGTERM))) {
      is_asked = true;
      signal_all(program, SIGTERM);
      set_timer(grace_time, 0, round_time);
    }
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
      if (pid != program) continue;
      is_over = true;
      end = status;
    }
    if (is_over && (!is_asked || pid < 0 || rounds >= most_rounds))
      end_like(end);
  }
}

/*
 * A child that leads a session and a group of its own, and is supervised: 0 in
 * that child, the id of its supervisor in the parent. An error of the
 * supervisor is written to `report`, negative.
 */
pid_t fork_supervised(int report) {
  pid_t parent = getpid(), pid = fork_without_handlers();
  if (pid != 0) return pid;
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  /* Nobody shall take it for the parent. Linux before 3.4 lets it adopt nothing. */
  prctl(PR_SET_NAME, "lifesign-hook");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_PDEATHSIG, SIGHUP);
  /* It may be gone already. */
  if (getppid() != parent) _exit(1);
  setsid();
  pid_t program = fork();
  if (program == 0) {
    setsid();
    sigprocmask(SIG_SETMASK, &before, NULL);
    return 0;
  }
  int number = -errno;
  if (program < 0 && write(report, &number, sizeof number) < 0) _exit(126);
  if (program < 0) _exit(127);
  close(report);
  close_descriptors();
  drop_memory();
  supervise(parent, program);
}
