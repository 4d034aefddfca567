/*
 * Starts the engine and runs the program that is embedded as bytecode.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include "native.h"

/* The stack that TypeScript may use, and how much is allocated before cycles are first looked for, in bytes. `check` needs less. */
enum { most_stack = 512 * 1024, first_collection = 1024 * 1024 };

static const JSCFunctionListEntry functions[] = {
#define ROW(name, count) JS_CFUNC_DEF(#name, count, native_##name),
    NATIVE_FUNCTIONS(ROW)
#undef ROW
};

/* Numbers that differ between machines, or that nobody should have to write twice. */
static const JSCFunctionListEntry signals[] = {
#define ROW(name) JS_PROP_INT32_DEF(#name, name, JS_PROP_ENUMERABLE),
    ROW(SIGHUP) ROW(SIGINT) ROW(SIGQUIT) ROW(SIGILL) ROW(SIGTRAP) ROW(SIGABRT)
    ROW(SIGBUS) ROW(SIGFPE) ROW(SIGKILL) ROW(SIGUSR1) ROW(SIGSEGV)
    ROW(SIGUSR2) ROW(SIGPIPE) ROW(SIGALRM) ROW(SIGTERM) ROW(SIGCHLD)
    ROW(SIGCONT) ROW(SIGSTOP) ROW(SIGTSTP) ROW(SIGTTIN) ROW(SIGTTOU)
    ROW(SIGXCPU) ROW(SIGXFSZ) ROW(SIGWINCH) ROW(SIGSYS)
#undef ROW
};

static const JSCFunctionListEntry constants[] = {
    JS_OBJECT_DEF("signals", signals, sizeof signals / sizeof *signals,
                  JS_PROP_ENUMERABLE),
#define ROW(name) JS_PROP_INT32_DEF(#name, name, JS_PROP_ENUMERABLE),
    ROW(O_RDWR) ROW(O_WRONLY) ROW(O_APPEND) ROW(O_CREAT) ROW(O_EXCL)
    ROW(LOCK_SH) ROW(LOCK_EX) ROW(LOCK_NB) ROW(LOCK_UN)
    ROW(EPOLLIN) ROW(EPOLLOUT) ROW(EPOLLERR) ROW(EPOLLONESHOT)
#undef ROW
};

/* OpenWrt keeps its time zone as a rule in /etc/TZ, which only its own musl reads. */
static void find_time_zone(void) {
  char rule[128];
  if (getenv("TZ") || access("/etc/localtime", R_OK) == 0) return;
  int fd = open("/etc/TZ", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t length = read(fd, rule, sizeof rule - 1);
  close(fd);
  if (length <= 0) return;
  rule[length] = 0;
  rule[strcspn(rule, "\r\n")] = 0;
  setenv("TZ", rule, 0);
}

/* Opens the standard streams that are closed, or a socket would be one of them. Programs that are started have them, too. */
static bool fill_standard_streams(void) {
  for (int fd = 0; fd < 3; fd++) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    int nothing = open_nothing(fd == 0);
    if (nothing < 0) return false;
    if (nothing == fd) {
      fcntl(fd, F_SETFD, 0);
    } else {
      dup2(nothing, fd);
      close(nothing);
    }
  }
  return true;
}

/* Raises the limit of open files as far as this process may. */
static void raise_file_limit(void) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) < 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

static size_t stack_size(void) {
  struct rlimit stack;
  if (getrlimit(RLIMIT_STACK, &stack) < 0) return most_stack;
  return stack.rlim_cur / 2 < most_stack ? stack.rlim_cur / 2 : most_stack;
}

/* All modules lie beside each other: `./name` is `name`. */
static char *normalize(JSContext *ctx, const char *base, const char *name,
                       void *opaque) {
  (void)base, (void)opaque;
  return js_strdup(ctx, strncmp(name, "./", 2) == 0 ? name + 2 : name);
}

static JSValue read_module(JSContext *ctx, const struct module *it, int flags) {
  return JS_ReadObject(ctx, it->bytecode, it->size,
                       JS_READ_OBJ_BYTECODE | flags);
}

static JSModuleDef *load(JSContext *ctx, const char *name, void *opaque) {
  (void)opaque;
  const struct module *it = modules;
  while (it->name && strcmp(it->name, name) != 0) it++;
  if (!it->name) {
    JS_ThrowReferenceError(ctx, "There is no module \"%s\"", name);
    return NULL;
  }
  JSValue module = read_module(ctx, it, 0);
  if (JS_IsException(module)) return NULL;
  JSModuleDef *definition = JS_VALUE_GET_PTR(module);
  /* The context keeps it. */
  JS_FreeValue(ctx, module);
  return definition;
}

static bool is_little_endian(void) {
  return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
}

/*
 * Makes the engine, and reads the first module before the engine has names of
 * its own: then the numbers of its names are those that it was compiled with, and
 * its bytecode is run where it lies. The other order of bytes needs a copy.
 */
static JSContext *new_context(void) {
  JSRuntime *runtime = JS_NewRuntime2(&memory_functions, NULL);
  if (!runtime) return NULL;
  JSContext *ctx = JS_NewContextRaw(runtime);
  if (!ctx) return NULL;
  JS_SetMaxStackSize(runtime, stack_size());
  JS_SetGCThreshold(runtime, first_collection);
  JS_SetModuleLoaderFunc(runtime, normalize, load, NULL);
  JS_SetHostPromiseRejectionTracker(runtime, track_rejection, NULL);
  int in_place = is_little_endian() ? JS_READ_OBJ_ROM_DATA : 0;
  JSValue first = read_module(ctx, &modules[0], in_place);
  if (JS_IsException(first)) return NULL;
  /* The context keeps it. */
  JS_FreeValue(ctx, first);
  /* All but what evaluates text: the parser is not even linked. */
  JS_AddIntrinsicBaseObjects(ctx);
  JS_AddIntrinsicDate(ctx);
  JS_AddIntrinsicRegExp(ctx);
  JS_AddIntrinsicRegExpCompiler(ctx);
  JS_AddIntrinsicJSON(ctx);
  JS_AddIntrinsicMapSet(ctx);
  JS_AddIntrinsicTypedArrays(ctx);
  JS_AddIntrinsicPromise(ctx);
  return ctx;
}

/* Offers the functions of the host as the global `__native`. */
static bool offer(JSContext *ctx, int count, char **words) {
  JSValue native = JS_NewObject(ctx), global = JS_GetGlobalObject(ctx),
          args = JS_NewArray(ctx);
  bool is_whole = !JS_IsException(native) && !JS_IsException(args);
  for (int k = 0; k < count && is_whole; k++)
    is_whole = append(ctx, args, k, new_text(ctx, words[k], strlen(words[k])));
  if (!is_whole) return false;
  JS_SetPropertyFunctionList(ctx, native, functions,
                             sizeof functions / sizeof *functions);
  JS_SetPropertyFunctionList(ctx, native, constants,
                             sizeof constants / sizeof *constants);
  is_whole =
      JS_SetPropertyStr(ctx, native, "args", args) >= 0 &&
      JS_SetPropertyStr(ctx, native, "pid", JS_NewInt32(ctx, getpid())) >= 0 &&
      JS_SetPropertyStr(ctx, native, "uid", JS_NewInt64(ctx, getuid())) >= 0 &&
      JS_SetPropertyStr(ctx, native, "target",
                        JS_NewString(ctx, LIFESIGN_TARGET)) >= 0 &&
      JS_SetPropertyStr(ctx, global, "__native", native) >= 0;
  JS_FreeValue(ctx, global);
  return is_whole;
}

/* Evaluates the main module; returns its promise. */
static JSValue evaluate(JSContext *ctx) {
  JSValue module = read_module(ctx, &modules[1], 0);
  if (JS_IsException(module)) return module;
  if (JS_ResolveModule(ctx, module) < 0) {
    JS_FreeValue(ctx, module);
    return JS_EXCEPTION;
  }
  JSValue promise = JS_EvalFunction(ctx, module);
  if (JS_IsException(promise) ||
      JS_PromiseState(ctx, promise) != JS_PROMISE_REJECTED)
    return promise;
  JS_Throw(ctx, JS_PromiseResult(ctx, promise));
  JS_FreeValue(ctx, promise);
  return JS_EXCEPTION;
}

static int give_up(const char *reason) {
  fprintf(stderr, "lifesign: Cannot start: %s\n", reason);
  return 1;
}

int main(int argc, char **argv) {
  find_time_zone();
  if (!fill_standard_streams()) return 1;
  signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  prepare_memory();
  if (!prepare_loop()) return give_up(strerror(errno));
  context = new_context();
  if (!context || !offer(context, argc > 0 ? argc - 1 : 0, argv + 1))
    return give_up("there is not enough memory");
  JSValue promise = evaluate(context);
  if (JS_IsException(promise)) {
    JSValue error = JS_GetException(context);
    const char *text = JS_ToCString(context, error);
    return give_up(text ? text : "an error without words");
  }
  return run_loop(promise);
}
