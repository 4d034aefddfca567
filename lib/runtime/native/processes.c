/*
 * Other processes, and what this one has of the system.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "native.h"

extern char **environ;

/* Opens /dev/null; where there is none a pipe without another end, which has nothing to read and takes nothing. */
int open_nothing(bool is_input) {
  int pipes[2], fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (fd >= 0 || errno != ENOENT || pipe2(pipes, O_CLOEXEC) < 0) return fd;
  close(pipes[is_input]);
  return pipes[!is_input];
}

static void free_words(const char **words) {
  if (!words) return;
  for (const char **word = words; *word; word++) free_text(*word);
  free_text((const char *)words);
}

/* The strings of an array, NULL behind the last one; NULL with an exception if they can't be had. */
static const char **words_of(JSContext *ctx, JSValueConst list) {
  JSValue length = JS_GetPropertyStr(ctx, list, "length");
  int count = int_of(ctx, length);
  const char **words = calloc(count + 1, sizeof *words);
  if (!words) {
    fail(ctx, ENOMEM);
    return NULL;
  }
  for (int k = 0; k < count; k++) {
    JSValue word = JS_GetPropertyUint32(ctx, list, k);
    words[k] = text_of(ctx, word);
    JS_FreeValue(ctx, word);
    if (words[k]) continue;
    free_words(words);
    return NULL;
  }
  return words;
}

/* What becomes of a standard stream of a new process. */
enum stream { nothing, inherited, piped };

/* Tells its id, and becomes another program, or tells why not. */
static _Noreturn void execute(const char **words, const char **variables,
                              const int *streams, int report) {
  int number = getpid();
  if (write(report, &number, sizeof number) < 0) _exit(126);
  for (int k = 0; k < 3; k++)
    if (streams[k] != k) dup2(streams[k], k);
  execve(words[0], (char **)words, (char **)variables);
  number = -errno;
  if (write(report, &number, sizeof number) < 0) _exit(126);
  _exit(127);
}

static void close_all(const int *fds, int count) {
  for (int k = 0; k < count; k++)
    if (fds[k] > 2) close(fds[k]);
}

/* Opens what the standard streams of a new process are: its ends, and ours. Returns 0, or the number of an error. */
static int open_streams(JSContext *ctx, JSValueConst kinds, int *its,
                        int *ours) {
  for (int k = 0; k < 3; k++) {
    JSValue kind = JS_GetPropertyUint32(ctx, kinds, k);
    int pipes[2];
    its[k] = k;
    ours[k] = -1;
    switch (int_of(ctx, kind)) {
      case nothing:
        its[k] = open_nothing(k == 0);
        if (its[k] < 0) return errno;
        break;
      case piped:
        if (pipe2(pipes, O_CLOEXEC) < 0) return errno;
        its[k] = pipes[k == 0 ? 0 : 1];
        ours[k] = pipes[k == 0 ? 1 : 0];
        break;
    }
  }
  return 0;
}

/*
 * Starts a program; returns the id of the child that ends as it does, or a
 * negative error number. One that is detached is a child's child.
 */
static pid_t start(const char **words, const char **variables, const int *its,
                   bool is_detached, pid_t *program) {
  int report[2], told, number = 0;
  if (pipe2(report, O_CLOEXEC) < 0) return -errno;
  pid_t pid = is_detached ? fork_supervised(report[1]) : fork_without_handlers();
  if (pid == 0) execute(words, variables, its, report[1]);
  if (pid < 0) number = -errno;
  close(report[1]);
  *program = pid;
  while (pid > 0) {
    ssize_t length = read(report[0], &told, sizeof told);
    if (length == 0 || (length < 0 && errno != EINTR)) break;
    if (length < 0) continue;
    if (told < 0) number = told;
    else *program = told;
  }
  close(report[0]);
  if (pid > 0 && number < 0) waitpid(pid, NULL, 0);
  return number < 0 ? number : pid;
}

NATIVE(spawn) {
  /* Descriptors 0 to 2 are open from the start, so that no other has these numbers. */
  int its[] = {-1, -1, -1}, ours[] = {-1, -1, -1};
  const char **words = words_of(ctx, args[0]);
  const char **variables = words ? words_of(ctx, args[1]) : NULL;
  int number = variables ? open_streams(ctx, args[2], its, ours) : 0;
  pid_t pid = -number, program = 0;
  if (variables && number == 0)
    pid = start(words, variables, its, JS_ToBool(ctx, args[3]), &program);
  close_all(its, 3);
  bool has_words = variables;
  free_words(words);
  free_words(variables);
  if (has_words && pid > 0) {
    child_count++;
    JSValue all[] = {JS_NewInt32(ctx, program), JS_NewInt32(ctx, ours[0]),
                     JS_NewInt32(ctx, ours[1]), JS_NewInt32(ctx, ours[2]),
                     JS_NewInt32(ctx, pid)};
    return new_list(ctx, 5, all);
  }
  close_all(ours, 3);
  return has_words ? fail(ctx, -pid) : JS_EXCEPTION;
}

NATIVE(kill) {
  return result_of(ctx, kill(int_of(ctx, args[0]), int_of(ctx, args[1])));
}

NATIVE(exit) { exit(int_of(ctx, args[0])); }

NATIVE(executable) {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length >= 0) return new_text(ctx, path, length);
  /* Without /proc: by the name that it was started by. */
  const char *name = (const char *)getauxval(AT_EXECFN);
  if (!name || !realpath(name, path)) return fail(ctx, ENOENT);
  return new_text(ctx, path, strlen(path));
}

NATIVE(uptime) {
  struct sysinfo now;
  if (sysinfo(&now) < 0) return fail(ctx, errno);
  return JS_NewInt64(ctx, now.uptime);
}

/* Fills bytes from /dev/urandom, for Linux before 3.17. */
static ssize_t read_random(uint8_t *bytes, size_t size) {
  int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, bytes, size);
  int number = length == 0 ? EIO : errno;
  close(fd);
  errno = number;
  return length == 0 ? -1 : length;
}

NATIVE(random) {
  size_t size;
  uint8_t *bytes = bytes_of(ctx, args[0], &size);
  if (!bytes) return JS_EXCEPTION;
  for (size_t at = 0; at < size;) {
    ssize_t length = getrandom(bytes + at, size - at, 0);
    if (length < 0 && errno == ENOSYS)
      length = read_random(bytes + at, size - at);
    if (length >= 0) at += length;
    else if (errno != EINTR) return fail(ctx, errno);
  }
  return JS_UNDEFINED;
}

NATIVE(variable) {
  const char *name = text_of(ctx, args[0]);
  if (!name) return JS_EXCEPTION;
  const char *value = getenv(name);
  free_text(name);
  return value ? new_text(ctx, value, strlen(value)) : JS_UNDEFINED;
}

NATIVE(variables) {
  JSValue list = JS_NewArray(ctx);
  bool is_whole = !JS_IsException(list);
  for (int k = 0; is_whole && environ[k]; k++)
    is_whole = append(ctx, list, k, new_text(ctx, environ[k], strlen(environ[k])));
  if (is_whole) return list;
  JS_FreeValue(ctx, list);
  return JS_EXCEPTION;
}
