/*
 * The other side of every measurement: a gateway at which each UID is alive.
 *
 *   gateway [LOSS] [SECONDS]
 *
 * LOSS is the share of datagrams that it pretends to have lost, each way (0).
 * It prints its port on 127.0.0.1, then answers each line on stdin:
 *
 *   count     the requests that have come so far
 *   first     when the first of them came, in ns since 1970
 *   record    0; from now on it keeps what comes
 *   times     how many it has kept, and a line for each: UID, the time in ns
 *             since 1970 at which the kernel got it, 1 if it was answered, else 0
 *
 * It ends with its stdin, at the latest after SECONDS (1800).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { batch = 128, request_size = 8, reply_size = 16, most_kept = 1 << 22 };

struct arrival {
  int64_t uid;
  int64_t ns;
  int answered;
};

static uint64_t count;
static int64_t first;
static struct arrival *kept;
static size_t kept_count;
static double loss;

static int is_lost(void) { return loss > 0 && drand48() < loss; }

static int64_t time_of(struct msghdr *message) {
  for (struct cmsghdr *it = CMSG_FIRSTHDR(message); it;
       it = CMSG_NXTHDR(message, it)) {
    if (it->cmsg_level != SOL_SOCKET || it->cmsg_type != SCM_TIMESTAMPNS)
      continue;
    struct timespec at;
    memcpy(&at, CMSG_DATA(it), sizeof at);
    return at.tv_sec * INT64_C(1000000000) + at.tv_nsec;
  }
  return 0;
}

static void serve(int sock) {
  static char bytes[batch][64], control[batch][64];
  static struct sockaddr_in from[batch];
  static struct iovec in[batch], out[batch];
  static struct mmsghdr requests[batch], replies[batch];
  /* All of it is written over by each call. */
  for (int k = 0; k < batch; k++) {
    in[k] = (struct iovec){bytes[k], sizeof bytes[k]};
    requests[k].msg_hdr = (struct msghdr){
        .msg_name = &from[k], .msg_namelen = sizeof from[k],
        .msg_iov = &in[k], .msg_iovlen = 1,
        .msg_control = control[k], .msg_controllen = sizeof control[k]};
  }
  int got = recvmmsg(sock, requests, batch, MSG_DONTWAIT, NULL);
  int answers = 0;
  for (int k = 0; k < got; k++) {
    if (requests[k].msg_len != request_size) continue;
    int64_t at = time_of(&requests[k].msg_hdr);
    if (count++ == 0) first = at;
    int answered = !is_lost() && !is_lost();
    if (kept && kept_count < most_kept) {
      struct arrival it = {.ns = at, .answered = answered};
      memcpy(&it.uid, bytes[k], request_size);
      kept[kept_count++] = it;
    }
    if (!answered) continue;
    memset(bytes[k] + request_size, 0, reply_size - request_size);
    out[answers] = (struct iovec){bytes[k], reply_size};
    replies[answers].msg_hdr = (struct msghdr){
        .msg_name = &from[k], .msg_namelen = sizeof from[k],
        .msg_iov = &out[answers], .msg_iovlen = 1};
    answers++;
  }
  for (int sent = 0; sent < answers;) {
    int more = sendmmsg(sock, replies + sent, answers - sent, 0);
    sent += more > 0 ? more : 1;
  }
}

static void print_times(void) {
  printf("%zu\n", kept_count);
  for (size_t k = 0; k < kept_count; k++)
    printf("%" PRId64 " %" PRId64 " %d\n", kept[k].uid, kept[k].ns,
           kept[k].answered);
  kept_count = 0;
}

/* One line at a time: whoever asks waits for the answer. */
static void answer(void) {
  char line[64];
  ssize_t size = read(STDIN_FILENO, line, sizeof line);
  if (size <= 0) exit(0);
  if (line[0] == 'c') printf("%" PRIu64 "\n", count);
  if (line[0] == 'f') printf("%" PRId64 "\n", first);
  if (line[0] == 't') print_times();
  if (line[0] == 'r') {
    if (!kept && !(kept = malloc(most_kept * sizeof *kept)))
      err(1, "Cannot keep arrivals");
    kept_count = 0;
    puts("0");
  }
  fflush(stdout);
}

int main(int argc, char **argv) {
  loss = argc > 1 ? atof(argv[1]) : 0;
  alarm(argc > 2 ? atoi(argv[2]) : 1800);
  int sock = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in here = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof here;
  /* Room for ten thousand requests at once, as far as the system allows it. */
  int on = 1, room = 32 << 20;
  setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  setsockopt(sock, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (bind(sock, (struct sockaddr *)&here, sizeof here) != 0 ||
      getsockname(sock, (struct sockaddr *)&here, &length) != 0)
    err(1, "Cannot listen");
  printf("%d\n", ntohs(here.sin_port));
  fflush(stdout);
  for (;;) {
    struct pollfd waits[] = {{sock, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    poll(waits, 2, -1);
    if (waits[0].revents) serve(sock);
    if (waits[1].revents) answer();
  }
}
