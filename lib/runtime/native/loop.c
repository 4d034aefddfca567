/*
 * The event loop: what descriptors, signals, children and promises call back.
 */
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "native.h"

JSContext *context;
int child_count;

static JSValue on_tick, on_signal, on_end, on_fault;
static int poller, signal_pipe[2];
static struct timespec started;

/* Who waits for a descriptor, by its number. */
static struct watcher {
  JSValue callback; /* undefined if nobody does */
  uint32_t turn;    /* which time it is watched: events of earlier times are none */
} *watchers;
static int watcher_room, watcher_count;

NATIVE(handlers) {
  JSValue *all[] = {&make_error, &on_tick, &on_signal, &on_end, &on_fault};
  for (int k = 0; k < 5; k++) *all[k] = JS_DupValue(ctx, args[k]);
  return JS_UNDEFINED;
}

NATIVE(now) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return JS_NewFloat64(ctx, (now.tv_sec - started.tv_sec) * 1e3 +
                                (now.tv_nsec - started.tv_nsec) / 1e6);
}

/* What nobody has caught. The handler ends the process unless somebody listens. */
static void tell_fault(JSValue error, bool is_rejection) {
  JSValue args[] = {error, JS_NewBool(context, is_rejection)};
  JSValue result = JS_Call(context, on_fault, JS_UNDEFINED, 2, args);
  if (JS_IsException(result)) _exit(1);
  JS_FreeValue(context, result);
  JS_FreeValue(context, error);
}

static JSValue call(JSValueConst function, int count, JSValue *args) {
  JSValue held = JS_DupValue(context, function);
  JSValue result = JS_Call(context, held, JS_UNDEFINED, count, args);
  JS_FreeValue(context, held);
  if (!JS_IsException(result)) return result;
  tell_fault(JS_GetException(context), false);
  return JS_UNDEFINED;
}

/* Promises that were rejected, and have no handler yet. The first one that stays so is told; more than these are not. */
static struct {
  JSValue promise, reason;
} rejected[64];
static size_t rejected_count;

void track_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason,
                     JS_BOOL is_handled, void *opaque) {
  (void)opaque;
  for (size_t k = 0; is_handled && k < rejected_count; k++) {
    if (JS_VALUE_GET_PTR(rejected[k].promise) != JS_VALUE_GET_PTR(promise))
      continue;
    JS_FreeValue(ctx, rejected[k].promise);
    JS_FreeValue(ctx, rejected[k].reason);
    rejected[k] = rejected[--rejected_count];
    return;
  }
  if (is_handled || rejected_count == sizeof rejected / sizeof *rejected)
    return;
  rejected[rejected_count].promise = JS_DupValue(ctx, promise);
  rejected[rejected_count++].reason = JS_DupValue(ctx, reason);
}

static void run_jobs(void) {
  JSRuntime *runtime = JS_GetRuntime(context);
  do {
    JSContext *ctx;
    int result;
    while ((result = JS_ExecutePendingJob(runtime, &ctx)) != 0)
      if (result < 0) tell_fault(JS_GetException(ctx), false);
    while (rejected_count > 0) {
      rejected_count--;
      JS_FreeValue(context, rejected[rejected_count].promise);
      tell_fault(rejected[rejected_count].reason, true);
    }
  } while (JS_IsJobPending(runtime));
}

static bool is_watched(int fd) {
  return fd >= 0 && fd < watcher_room && !JS_IsUndefined(watchers[fd].callback);
}

static bool make_room(int fd) {
  if (fd < watcher_room) return true;
  int room = fd < 32 ? 64 : fd * 2;
  struct watcher *more = realloc(watchers, room * sizeof *watchers);
  if (!more) return false;
  for (int k = watcher_room; k < room; k++)
    more[k] = (struct watcher){JS_UNDEFINED, 0};
  watchers = more;
  watcher_room = room;
  return true;
}

NATIVE(watch) {
  int fd = int_of(ctx, args[0]);
  if (fd < 0) return fail(ctx, EBADF);
  if (!make_room(fd)) return fail(ctx, ENOMEM);
  struct watcher *it = &watchers[fd];
  bool is_new = !is_watched(fd);
  uint32_t turn = it->turn + is_new;
  struct epoll_event event = {.events = int_of(ctx, args[1]),
                              .data.u64 = (uint64_t)turn << 32 | (uint32_t)fd};
  if (epoll_ctl(poller, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) < 0)
    return errno == EPERM ? JS_FALSE : fail(ctx, errno);
  it->turn = turn;
  if (is_new) watcher_count++;
  else JS_FreeValue(ctx, it->callback);
  it->callback = JS_DupValue(ctx, args[2]);
  return JS_TRUE;
}

NATIVE(unwatch) {
  int fd = int_of(ctx, args[0]);
  if (!is_watched(fd)) return JS_UNDEFINED;
  epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL);
  JSValue callback = watchers[fd].callback;
  watchers[fd].callback = JS_UNDEFINED;
  watcher_count--;
  JS_FreeValue(ctx, callback);
  return JS_UNDEFINED;
}

/* A child that looks up a name may have the descriptor, too, and epoll would go on telling of it. */
NATIVE(close) {
  native_unwatch(ctx, self, count, args);
  return result_of(ctx, close(int_of(ctx, args[0])));
}

/* Which signals have come. The pipe only wakes the loop: when it is full, it has done so already. */
static volatile sig_atomic_t has_come[_NSIG];

static void on_signal_received(int number) {
  int saved = errno;
  has_come[number] = 1;
  if (write(signal_pipe[1], "", 1) < 0) errno = saved;
  errno = saved;
}

NATIVE(listenToSignal) {
  struct sigaction action = {.sa_flags = SA_RESTART};
  action.sa_handler = JS_ToBool(ctx, args[1]) ? on_signal_received : SIG_DFL;
  return result_of(ctx, sigaction(int_of(ctx, args[0]), &action, NULL));
}

/* A child in which signals do what they do by default: our handlers would write into the pipe of its parent. */
pid_t fork_without_handlers(void) {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  pid_t pid = fork();
  int number = errno;
  if (pid == 0) {
    struct sigaction usual = {.sa_handler = SIG_DFL};
    for (int k = 1; k < 32; k++) sigaction(k, &usual, NULL);
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  errno = number;
  return pid;
}

static void tell_ends(void) {
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    int code = number ? 128 + number : WEXITSTATUS(status);
    JSValue args[] = {JS_NewInt32(context, pid), JS_NewInt32(context, code),
                      JS_NewInt32(context, number)};
    child_count--;
    JS_FreeValue(context, call(on_end, 3, args));
  }
}

static void take_signals(void) {
  char bytes[64];
  while (read(signal_pipe[0], bytes, sizeof bytes) > 0) continue;
  for (int k = 1; k < _NSIG; k++) {
    if (!has_come[k]) continue;
    has_come[k] = 0;
    if (k == SIGCHLD) tell_ends();
    JSValue number = JS_NewInt32(context, k);
    JS_FreeValue(context, call(on_signal, 1, &number));
    run_jobs();
  }
}

bool prepare_loop(void) {
  clock_gettime(CLOCK_MONOTONIC, &started);
  make_error = on_tick = on_signal = on_end = on_fault = JS_UNDEFINED;
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) return false;
  if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) < 0) return false;
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = signal_pipe[0]};
  return epoll_ctl(poller, EPOLL_CTL_ADD, signal_pipe[0], &event) == 0;
}

/* Runs until nothing is left to wait for; returns the exit status. */
int run_loop(JSValueConst main_promise) {
  struct epoll_event events[64];
  for (;;) {
    run_jobs();
    JSValue answer = call(on_tick, 0, NULL);
    /* A timer that has thrown leaves open when the next one is due. */
    double wait = JS_IsUndefined(answer) ? 0 : number_of(context, answer);
    JS_FreeValue(context, answer);
    if (rejected_count > 0 || JS_IsJobPending(JS_GetRuntime(context))) continue;
    if (wait < 0 && watcher_count == 0 && child_count == 0) {
      if (JS_PromiseState(context, main_promise) == JS_PROMISE_FULFILLED)
        return 0;
      fputs("error: Top-level await promise never resolved\n", stderr);
      return 1;
    }
    if (wait != 0) trim_memory();
    int left = wait < 0 ? -1 : wait > 1e9 ? 1000000000 : (int)ceil(wait);
    int count = epoll_wait(poller, events, 64, left);
    for (int k = 0; k < count; k++) {
      int fd = (int)(uint32_t)events[k].data.u64;
      if (fd == signal_pipe[0]) {
        take_signals();
        continue;
      }
      if (!is_watched(fd) || watchers[fd].turn != events[k].data.u64 >> 32)
        continue;
      JSValue bits = JS_NewInt32(context, events[k].events);
      JS_FreeValue(context, call(watchers[fd].callback, 1, &bits));
      run_jobs();
    }
  }
}
