/*
 * The limit: heartbeats in C on epoll, each from a fresh socket.
 *
 *   heartbeats_epoll PORT SESSIONS
 *
 * Each line on stdin is a number of seconds. For so long each session begins
 * one heartbeat after the other at the gateway on 127.0.0.1. Once all are over
 * the number of those that were answered is printed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { batch = 256, reply_size = 16 };

struct session {
  int sock;
  int64_t uid;
};

static int epoll;
static struct sockaddr_in gateway = {.sin_family = AF_INET};
static const struct sockaddr_in anywhere = {.sin_family = AF_INET};

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec + at.tv_nsec / 1e9;
}

static void begin(struct session *it) {
  it->sock = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = it};
  if (it->sock < 0 ||
      bind(it->sock, (const struct sockaddr *)&anywhere, sizeof anywhere) ||
      epoll_ctl(epoll, EPOLL_CTL_ADD, it->sock, &wanted) ||
      sendto(it->sock, &it->uid, sizeof it->uid, 0,
             (struct sockaddr *)&gateway, sizeof gateway) < 0)
    err(1, "Cannot send");
}

static int is_answered(struct session *it) {
  int64_t reply[3];
  struct sockaddr_in from;
  socklen_t length = sizeof from;
  ssize_t size = recvfrom(it->sock, reply, sizeof reply, 0,
                          (struct sockaddr *)&from, &length);
  return size == reply_size && reply[0] == it->uid && reply[1] == 0 &&
         from.sin_port == gateway.sin_port &&
         from.sin_addr.s_addr == gateway.sin_addr.s_addr;
}

static long beat(struct session *all, int sessions, double seconds) {
  double end = now() + seconds;
  long done = 0;
  int waiting = sessions;
  for (int k = 0; k < sessions; k++) begin(&all[k]);
  while (waiting > 0) {
    struct epoll_event ready[batch];
    int count = epoll_wait(epoll, ready, batch, 5000);
    double time = now();
    for (int k = 0; k < count; k++) {
      struct session *it = ready[k].data.ptr;
      if (!is_answered(it)) continue;
      close(it->sock);
      it->sock = -1;
      done++;
      if (time < end) begin(it);
      else waiting--;
    }
    /* Nothing is lost on loopback unless somebody's buffer is too small. */
    if (count == 0) errx(1, "Cannot go on: replies are missing");
  }
  return done;
}

int main(int argc, char **argv) {
  if (argc != 3) errx(1, "expected a port and a number of sessions, e.g. 3335 100");
  int sessions = atoi(argv[2]);
  gateway.sin_port = htons(atoi(argv[1]));
  gateway.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  epoll = epoll_create1(0);
  struct session *all = calloc(sessions, sizeof *all);
  for (int k = 0; k < sessions; k++) all[k].uid = 1000 + k;
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    printf("%ld\n", beat(all, sessions, atof(line)));
    fflush(stdout);
  }
}
