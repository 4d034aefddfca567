/*
 * The limit: a reflector of STAMP in C on epoll, with a key of zeros.
 *
 * It prints its port on 127.0.0.1, and ends with its stdin.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "stamp.h"

enum { max_age = 60 };

static int is_request(const uint8_t *packet, ssize_t size) {
  if (size < packet_size || !is_signed(packet)) return 0;
  for (int at = 28; at < signed_size; at++)
    if (packet[at]) return 0;
  int32_t age = time(NULL) + 2208988800u - read_word(packet + 16);
  return age <= max_age && age >= -max_age;
}

static void reflect(const uint8_t *request, uint8_t *reply) {
  memset(reply, 0, packet_size);
  write_time(reply + 32);
  memcpy(reply, request, 4);
  memcpy(reply + 48, request, 4);
  memcpy(reply + 64, request + 16, 10);
  reply[24] = 0x80;
  reply[25] = 1;
  memcpy(reply + 26, request + 26, 2);
  reply[80] = 255;
  write_time(reply + 16);
  sign(reply);
}

int main(void) {
  static const uint8_t key[key_size];
  struct sockaddr_in here = {.sin_family = AF_INET};
  socklen_t length = sizeof here;
  int sock = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (sock < 0 || bind(sock, (struct sockaddr *)&here, sizeof here) ||
      getsockname(sock, (struct sockaddr *)&here, &length))
    err(1, "Cannot listen");
  use_key(key);
  printf("%d\n", ntohs(here.sin_port));
  fflush(stdout);
  int epoll = epoll_create1(0);
  struct epoll_event wanted = {.events = EPOLLIN, .data.fd = sock};
  struct epoll_event over = {.events = EPOLLIN, .data.fd = 0};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, sock, &wanted) ||
      epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &over))
    err(1, "Cannot wait");
  for (;;) {
    struct epoll_event event;
    if (epoll_wait(epoll, &event, 1, -1) < 1) continue;
    if (event.data.fd == 0) return 0;
    for (;;) {
      uint8_t request[packet_size + 1], reply[packet_size];
      struct sockaddr_in from;
      length = sizeof from;
      ssize_t size = recvfrom(sock, request, sizeof request, 0,
                              (struct sockaddr *)&from, &length);
      if (size < 0) break;
      if (!is_request(request, size)) continue;
      reflect(request, reply);
      sendto(sock, reply, sizeof reply, 0, (struct sockaddr *)&from, length);
    }
  }
}
