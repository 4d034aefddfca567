/*
 * memory.c on a kernel with pages of PAGE bytes: prints how many pieces in use
 * have changed since they were written, after others were given back, and whether
 * the kernel was given any page.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int given;

/* Such a kernel takes whole pages: the beginning has to be one's own, the length is rounded up. */
static int madvise_pages(void *at, size_t length, int advice) {
  if ((uintptr_t)at % PAGE) {
    errno = EINVAL;
    return -1;
  }
  given++;
  return madvise(at, (length + PAGE - 1) / PAGE * PAGE, advice);
}

static long sysconf_page(int name) {
  return name == _SC_PAGESIZE ? PAGE : sysconf(name);
}

#define madvise madvise_pages
#define sysconf sysconf_page
#include "memory.c"

void restore_terminal(void) {}

enum { pieces = 200000, size = 64 };

static uint8_t *piece[pieces];

int main(void) {
  JSMallocState state = {0};
  prepare_memory();
  for (int k = 0; k < pieces; k++) {
    piece[k] = memory_functions.js_malloc(&state, size);
    memset(piece[k], 0xa5, size);
  }
  /* It gives back what has become free since the last time. */
  trim_memory();
  for (int k = 0; k < pieces; k++) {
    if (page_of(piece[k]) / 24 % 2) continue;
    memory_functions.js_free(&state, piece[k]);
    piece[k] = NULL;
  }
  trim_memory();
  int changed = 0;
  for (int k = 0; k < pieces; k++)
    for (int at = 0; piece[k] && at < size; at++)
      if (piece[k][at] != 0xa5) {
        changed++;
        break;
      }
  printf("%d changed, %s given\n", changed, given ? "some" : "none");
}
