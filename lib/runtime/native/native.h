/*
 * What the parts of the static build's host share: the functions that it offers
 * to the TypeScript above it, and how these take and give values.
 */
#ifndef LIFESIGN_NATIVE_H
#define LIFESIGN_NATIVE_H

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "quickjs.h"

/*
 * All functions, with the number of their arguments. The same names, with their
 * types and what they do, are in lib/runtime/native.ts.
 */
#define NATIVE_FUNCTIONS(ROW) \
  /* loop.c */ \
  ROW(handlers, 5) ROW(watch, 3) ROW(unwatch, 1) ROW(close, 1) ROW(now, 0) \
  ROW(listenToSignal, 2) \
  /* sockets.c */ \
  ROW(bindUdp, 4) ROW(bindUnix, 1) ROW(connectTcp, 4) ROW(connectUnix, 1) \
  ROW(listenTcp, 2) ROW(accept, 1) ROW(connectionError, 1) \
  ROW(localAddress, 1) ROW(peerAddress, 1) ROW(setNoDelay, 2) \
  ROW(setKeepAlive, 2) \
  ROW(receiveFrom, 2) ROW(nextNotice, 1) ROW(sendTo, 4) ROW(receive, 2) \
  ROW(send, 2) ROW(endSending, 1) ROW(addressBytes, 1) ROW(interfaces, 0) \
  /* names.c */ \
  ROW(resolve, 1) \
  /* files.c */ \
  ROW(open, 3) ROW(read, 2) ROW(write, 3) ROW(seek, 3) ROW(truncate, 2) \
  ROW(sync, 1) ROW(setMode, 2) ROW(lock, 2) ROW(stat, 1) ROW(statPath, 2) \
  ROW(unlink, 1) ROW(rename, 2) ROW(readLink, 1) ROW(readFolder, 1) \
  /* terminal.c */ \
  ROW(isTerminal, 1) ROW(windowSize, 0) ROW(setRaw, 2) \
  /* processes.c */ \
  ROW(spawn, 4) ROW(kill, 2) ROW(exit, 1) ROW(executable, 0) ROW(uptime, 0) \
  ROW(random, 1) ROW(variable, 1) ROW(variables, 0) \
  /* rights.c */ \
  ROW(forbidPrograms, 0) ROW(limitFiles, 1) \
  /* text.c */ \
  ROW(encode, 1) ROW(decode, 3)

#define NATIVE(name) \
  JSValue native_##name(JSContext *ctx, JSValueConst self, int count, \
                        JSValueConst *args)
#define DECLARE(name, count) NATIVE(name);
NATIVE_FUNCTIONS(DECLARE)
#undef DECLARE

/* loop.c */
extern JSContext *context;
extern int child_count;
bool prepare_loop(void);
int run_loop(JSValueConst main_promise);
void track_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason,
                     JS_BOOL is_handled, void *opaque);
pid_t fork_without_handlers(void);

/* values.c */
int int_of(JSContext *ctx, JSValueConst value);
double number_of(JSContext *ctx, JSValueConst value);
JSValue fail(JSContext *ctx, int number);
JSValue fail_and_close(JSContext *ctx, int fd);
JSValue result_of(JSContext *ctx, int64_t result);
const char *name_of_error(int number);
const char *text_of(JSContext *ctx, JSValueConst value);
void free_text(const char *text);
uint8_t *bytes_of(JSContext *ctx, JSValueConst value, size_t *length);
JSValue new_text(JSContext *ctx, const char *bytes, size_t length);
JSValue new_list(JSContext *ctx, int count, JSValue *values);
bool append(JSContext *ctx, JSValueConst list, uint32_t at, JSValue value);
extern JSValue make_error;

/* text.c */
size_t measure(const uint8_t *p, size_t left, bool *is_character,
               bool *is_start);

/* addresses of all families */
union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  struct sockaddr_un unix_path;
};

/* processes.c */
int open_nothing(bool is_input);

/* terminal.c */
void restore_terminal(void);

/* supervisor.c */
pid_t fork_supervised(int report);

/* memory.c */
extern const JSMallocFunctions memory_functions;
void prepare_memory(void);
void trim_memory(void);
void drop_memory(void);

/* modules.c, which the build generates */
struct module {
  const char *name;
  const uint8_t *bytecode;
  size_t size;
};
/* The first of them is read first of all, and the second one is evaluated. */
extern const struct module modules[];

#endif
