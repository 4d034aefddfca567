/*
 * Runs a program with nothing on stdin and its output thrown away, and prints
 * what it took as a whole: wall time and CPU time in us, its exit status, and its
 * peak memory in KB.
 *
 *   stopwatch PROGRAM [ARGUMENT...]
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1e6 + at.tv_nsec / 1e3;
}

static double us(struct timeval time) { return time.tv_sec * 1e6 + time.tv_usec; }

int main(int argc, char **argv) {
  if (argc < 2) errx(1, "Cannot run nothing: expected a program, e.g. true");
  double start = now();
  /* As vfork, so that this program's size does not count. */
  pid_t pid = vfork();
  if (pid == 0) {
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (pid < 0 || wait4(pid, &status, 0, &usage) < 0) err(1, "Cannot run it");
  printf("%.0f %.0f %d %ld\n", now() - start,
         us(usage.ru_utime) + us(usage.ru_stime),
         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
         usage.ru_maxrss);
}
