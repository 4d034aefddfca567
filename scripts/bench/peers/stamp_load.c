/*
 * Asks a reflector on 127.0.0.1 as fast as it answers, with a key of zeros.
 *
 *   stamp_load PORT WINDOW
 *
 * Each line on stdin is a number of seconds. For so long as many requests as the
 * window are under way; then the number of those that were answered is printed.
 * What is lost is asked again after 100 ms.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "stamp.h"

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec + at.tv_nsec / 1e9;
}

int main(int count, char **args) {
  static const uint8_t key[key_size];
  if (count != 3) errx(1, "expected PORT and WINDOW");
  struct sockaddr_in there = {.sin_family = AF_INET,
                              .sin_port = htons(atoi(args[1]))};
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int window = atoi(args[2]), sock = socket(AF_INET, SOCK_DGRAM, 0);
  struct timeval patience = {.tv_usec = 100000};
  if (sock < 0 || connect(sock, (struct sockaddr *)&there, sizeof there) ||
      setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience))
    err(1, "Cannot ask");
  use_key(key);
  double seconds;
  while (scanf("%lf", &seconds) == 1) {
    uint8_t request[packet_size] = {0}, reply[packet_size];
    write_time(request + 16);
    request[25] = 1;
    sign(request);
    long answered = 0;
    double end = now() + seconds;
    for (int n = 0; n < window; n++) send(sock, request, sizeof request, 0);
    while (now() < end) {
      if (recv(sock, reply, sizeof reply, 0) < 0) {
        for (int n = 0; n < window; n++) send(sock, request, sizeof request, 0);
        continue;
      }
      /* An answer to an earlier turn is none to this one. */
      if (memcmp(reply + 64, request + 16, 8)) continue;
      answered++;
      send(sock, request, sizeof request, 0);
    }
    printf("%ld\n", answered);
    fflush(stdout);
  }
}
