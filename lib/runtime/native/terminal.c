/*
 * The terminal behind the standard streams.
 */
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "native.h"

NATIVE(isTerminal) { return JS_NewBool(ctx, isatty(int_of(ctx, args[0]))); }

NATIVE(windowSize) {
  static const int descriptors[] = {1, 0, 2};
  struct winsize size;
  for (size_t k = 0; k < 3; k++) {
    if (ioctl(descriptors[k], TIOCGWINSZ, &size) < 0) continue;
    JSValue both[] = {JS_NewInt32(ctx, size.ws_col),
                      JS_NewInt32(ctx, size.ws_row)};
    return new_list(ctx, 2, both);
  }
  return fail(ctx, errno);
}

static struct termios before;
static bool is_raw;

/* Leaves the terminal as it was found, for a process that ends at once. */
void restore_terminal(void) {
  if (is_raw) tcsetattr(0, TCSADRAIN, &before);
}

NATIVE(setRaw) {
  struct termios wanted;
  if (tcgetattr(0, &wanted) < 0) return fail(ctx, errno);
  if (JS_ToBool(ctx, args[0])) {
    if (!is_raw) before = wanted;
    is_raw = true;
    wanted.c_iflag &= ~(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    wanted.c_cflag |= CS8;
    wanted.c_lflag &= ~(ECHO | ICANON | IEXTEN);
    if (!JS_ToBool(ctx, args[1])) wanted.c_lflag &= ~ISIG;
    wanted.c_cc[VMIN] = 1;
    wanted.c_cc[VTIME] = 0;
  } else if (is_raw) {
    wanted = before;
    is_raw = false;
  }
  return result_of(ctx, tcsetattr(0, TCSADRAIN, &wanted));
}
