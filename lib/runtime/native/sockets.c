/*
 * UDP, TCP and unix sockets, none of which ever blocks, and the interfaces of
 * this machine.
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* It needs <time.h>. */
#include <linux/errqueue.h>

#include "native.h"

/* Reads a literal address; returns its length, 0 if it is none. */
static socklen_t read_address(const char *host, int port, union address *to) {
  memset(to, 0, sizeof *to);
  if (inet_pton(AF_INET, host, &to->v4.sin_addr) == 1) {
    to->v4.sin_family = AF_INET;
    to->v4.sin_port = htons(port);
    return sizeof to->v4;
  }
  if (inet_pton(AF_INET6, host, &to->v6.sin6_addr) != 1) return 0;
  to->v6.sin6_family = AF_INET6;
  to->v6.sin6_port = htons(port);
  return sizeof to->v6;
}

/* The address in an argument; 0 with an exception if there is none. */
static socklen_t address_in(JSContext *ctx, JSValueConst host, int port,
                            union address *to) {
  const char *text = text_of(ctx, host);
  if (!text) return 0;
  socklen_t length = read_address(text, port, to);
  free_text(text);
  if (length == 0) fail(ctx, EINVAL);
  return length;
}

/* The same of the path of a unix socket. */
static socklen_t path_in(JSContext *ctx, JSValueConst path, union address *to) {
  const char *text = text_of(ctx, path);
  if (!text) return 0;
  size_t length = strlen(text);
  memset(to, 0, sizeof *to);
  to->unix_path.sun_family = AF_UNIX;
  bool fits = length < sizeof to->unix_path.sun_path;
  if (fits) memcpy(to->unix_path.sun_path, text, length);
  free_text(text);
  if (fits) return offsetof(struct sockaddr_un, sun_path) + length + 1;
  fail(ctx, EINVAL);
  return 0;
}

static bool is_internet(const union address *it) {
  return it->any.sa_family == AF_INET || it->any.sa_family == AF_INET6;
}

static int port_of(const union address *it) {
  return ntohs(it->any.sa_family == AF_INET ? it->v4.sin_port
                                            : it->v6.sin6_port);
}

static JSValue host_of(JSContext *ctx, const union address *it) {
  char text[INET6_ADDRSTRLEN] = "";
  const void *bytes = it->any.sa_family == AF_INET
                          ? (const void *)&it->v4.sin_addr
                          : (const void *)&it->v6.sin6_addr;
  if (!inet_ntop(it->any.sa_family, bytes, text, sizeof text)) *text = 0;
  return JS_NewString(ctx, text);
}

static JSValue endpoint_of(JSContext *ctx, const union address *it) {
  if (!is_internet(it)) return JS_NULL;
  JSValue both[] = {host_of(ctx, it), JS_NewInt32(ctx, port_of(it))};
  return new_list(ctx, 2, both);
}

static int new_socket(int family, int type) {
  return socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Makes a socket send and receive by one interface only. */
static int bind_to_device(int fd, const char *device) {
  return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device));
}

static int hear_icmp(int fd, int family) {
  int on = 1;
  return family == AF_INET
             ? setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on)
             : setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
}

/* The name of an interface in an argument; NULL for none, or with an exception. */
static const char *device_in(JSContext *ctx, JSValueConst value) {
  return JS_IsString(value) ? text_of(ctx, value) : NULL;
}

NATIVE(bindUdp) {
  union address at;
  socklen_t length = address_in(ctx, args[0], int_of(ctx, args[1]), &at);
  if (!length) return JS_EXCEPTION;
  const char *device = device_in(ctx, args[2]);
  if (!device && JS_IsString(args[2])) return JS_EXCEPTION;
  int fd = new_socket(at.any.sa_family, SOCK_DGRAM);
  int result = fd;
  if (result >= 0 && device) result = bind_to_device(fd, device);
  if (result >= 0 && JS_ToBool(ctx, args[3]))
    result = hear_icmp(fd, at.any.sa_family);
  if (result >= 0) result = bind(fd, &at.any, length);
  free_text(device);
  if (result >= 0) return JS_NewInt32(ctx, fd);
  return fd < 0 ? fail(ctx, errno) : fail_and_close(ctx, fd);
}

NATIVE(bindUnix) {
  union address at;
  socklen_t length = path_in(ctx, args[0], &at);
  if (!length) return JS_EXCEPTION;
  int fd = new_socket(AF_UNIX, SOCK_DGRAM);
  if (fd < 0) return fail(ctx, errno);
  if (bind(fd, &at.any, length) < 0) return fail_and_close(ctx, fd);
  return JS_NewInt32(ctx, fd);
}

NATIVE(connectTcp) {
  union address to, from;
  socklen_t length = address_in(ctx, args[0], int_of(ctx, args[1]), &to);
  socklen_t from_length = 0;
  if (!length) return JS_EXCEPTION;
  if (JS_IsString(args[2]) &&
      !(from_length = address_in(ctx, args[2], 0, &from)))
    return JS_EXCEPTION;
  const char *device = device_in(ctx, args[3]);
  if (!device && JS_IsString(args[3])) return JS_EXCEPTION;
  int fd = new_socket(to.any.sa_family, SOCK_STREAM);
  int result = fd;
  if (result >= 0 && device) result = bind_to_device(fd, device);
  if (result >= 0 && from_length) result = bind(fd, &from.any, from_length);
  if (result >= 0) result = connect(fd, &to.any, length);
  free_text(device);
  if (result >= 0 || (fd >= 0 && errno == EINPROGRESS))
    return JS_NewInt32(ctx, fd);
  return fd < 0 ? fail(ctx, errno) : fail_and_close(ctx, fd);
}

NATIVE(connectUnix) {
  union address to;
  socklen_t length = path_in(ctx, args[0], &to);
  if (!length) return JS_EXCEPTION;
  int fd = new_socket(AF_UNIX, SOCK_STREAM);
  if (fd < 0) return fail(ctx, errno);
  /* It connects at once, or fails with EAGAIN if nobody accepts. */
  if (connect(fd, &to.any, length) < 0) return fail_and_close(ctx, fd);
  return JS_NewInt32(ctx, fd);
}

NATIVE(listenTcp) {
  union address at;
  socklen_t length = address_in(ctx, args[0], int_of(ctx, args[1]), &at);
  int on = 1;
  if (!length) return JS_EXCEPTION;
  int fd = new_socket(at.any.sa_family, SOCK_STREAM);
  if (fd < 0) return fail(ctx, errno);
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
      bind(fd, &at.any, length) < 0 || listen(fd, 128) < 0)
    return fail_and_close(ctx, fd);
  return JS_NewInt32(ctx, fd);
}

static bool is_nothing_yet(int number) {
  return number == EAGAIN || number == EWOULDBLOCK || number == EINTR;
}

NATIVE(accept) {
  int fd = accept4(int_of(ctx, args[0]), NULL, NULL,
                   SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0) return JS_NewInt32(ctx, fd);
  return is_nothing_yet(errno) ? JS_NULL : fail(ctx, errno);
}

/* By a call that fails: QEMU does not translate the number in SO_ERROR, and MIPS has others. */
NATIVE(connectionError) {
  ssize_t sent =
      send(int_of(ctx, args[0]), "", 0, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent < 0 ? fail(ctx, errno) : JS_UNDEFINED;
}

NATIVE(localAddress) {
  union address at;
  socklen_t length = sizeof at;
  if (getsockname(int_of(ctx, args[0]), &at.any, &length) < 0)
    return fail(ctx, errno);
  return endpoint_of(ctx, &at);
}

NATIVE(peerAddress) {
  union address at;
  socklen_t length = sizeof at;
  if (getpeername(int_of(ctx, args[0]), &at.any, &length) < 0)
    return fail(ctx, errno);
  return endpoint_of(ctx, &at);
}

NATIVE(setNoDelay) {
  int on = JS_ToBool(ctx, args[1]);
  return result_of(ctx, setsockopt(int_of(ctx, args[0]), IPPROTO_TCP,
                                   TCP_NODELAY, &on, sizeof on));
}

NATIVE(setKeepAlive) {
  int on = JS_ToBool(ctx, args[1]);
  return result_of(ctx, setsockopt(int_of(ctx, args[0]), SOL_SOCKET,
                                   SO_KEEPALIVE, &on, sizeof on));
}

/* Whether the queue of errors of a socket has something. */
static bool has_notice(int fd) {
  struct pollfd it = {.fd = fd};
  return poll(&it, 1, 0) > 0 && (it.revents & POLLERR);
}

/* Whether a control message is about an ICMP error, or one of this machine. */
static bool is_notice(const struct cmsghdr *it) {
  return (it->cmsg_level == IPPROTO_IP && it->cmsg_type == IP_RECVERR) ||
         (it->cmsg_level == IPPROTO_IPV6 && it->cmsg_type == IPV6_RECVERR);
}

NATIVE(nextNotice) {
  union address to = {0};
  union {
    struct cmsghdr header;
    char bytes[512];
  } control;
  char start[1];
  struct iovec part = {start, sizeof start};
  struct msghdr message = {.msg_name = &to,
                           .msg_namelen = sizeof to,
                           .msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof control};
  if (recvmsg(int_of(ctx, args[0]), &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
    return is_nothing_yet(errno) ? JS_NULL : fail(ctx, errno);
  for (struct cmsghdr *it = CMSG_FIRSTHDR(&message); it;
       it = CMSG_NXTHDR(&message, it)) {
    if (!is_notice(it)) continue;
    struct sock_extended_err error;
    union address offender = {0};
    size_t size = it->cmsg_len - CMSG_LEN(0);
    if (size < sizeof error) continue;
    memcpy(&error, CMSG_DATA(it), sizeof error);
    size -= sizeof error;
    if (size > sizeof offender) size = sizeof offender;
    memcpy(&offender, CMSG_DATA(it) + sizeof error, size);
    bool is_icmp = error.ee_origin == SO_EE_ORIGIN_ICMP ||
                   error.ee_origin == SO_EE_ORIGIN_ICMP6;
    JSValue all[] = {
        JS_NewString(ctx, name_of_error(error.ee_errno)),
        is_icmp && is_internet(&offender) ? host_of(ctx, &offender) : JS_NULL,
        endpoint_of(ctx, &to)};
    return new_list(ctx, 3, all);
  }
  return JS_NULL;
}

NATIVE(receiveFrom) {
  union address from = {0};
  socklen_t length = sizeof from;
  size_t room;
  int fd = int_of(ctx, args[0]);
  uint8_t *bytes = bytes_of(ctx, args[1], &room);
  if (!bytes) return JS_EXCEPTION;
  ssize_t size = recvfrom(fd, bytes, room, MSG_DONTWAIT, &from.any, &length);
  /* An error that is in the queue of errors is told here, too, once. */
  if (size < 0)
    return is_nothing_yet(errno) || has_notice(fd) ? JS_NULL : fail(ctx, errno);
  JSValue both[] = {JS_NewInt32(ctx, size), endpoint_of(ctx, &from)};
  return new_list(ctx, 2, both);
}

NATIVE(sendTo) {
  union address to;
  int fd = int_of(ctx, args[0]), port = int_of(ctx, args[3]);
  socklen_t length = port < 0 ? path_in(ctx, args[2], &to)
                              : address_in(ctx, args[2], port, &to);
  if (!length) return JS_EXCEPTION;
  size_t size;
  uint8_t *bytes = bytes_of(ctx, args[1], &size);
  if (!bytes) return JS_EXCEPTION;
  /* What ICMP said of an earlier datagram is no error of this one. */
  int earlier;
  socklen_t earlier_length = sizeof earlier;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &earlier, &earlier_length);
  ssize_t sent = sendto(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, &to.any,
                        length);
  if (sent < 0 && is_nothing_yet(errno)) return JS_NULL;
  /* The queue of an interface is full. Nobody is told unless the socket hears of ICMP errors. */
  if (sent < 0 && errno == ENOBUFS && port >= 0) return JS_NewInt64(ctx, size);
  return result_of(ctx, sent);
}

NATIVE(receive) {
  size_t room;
  uint8_t *bytes = bytes_of(ctx, args[1], &room);
  if (!bytes) return JS_EXCEPTION;
  ssize_t size = recv(int_of(ctx, args[0]), bytes, room, MSG_DONTWAIT);
  return size < 0 && is_nothing_yet(errno) ? JS_NULL : result_of(ctx, size);
}

NATIVE(send) {
  size_t size;
  uint8_t *bytes = bytes_of(ctx, args[1], &size);
  if (!bytes) return JS_EXCEPTION;
  ssize_t sent =
      send(int_of(ctx, args[0]), bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent < 0 && is_nothing_yet(errno) ? JS_NULL : result_of(ctx, sent);
}

NATIVE(endSending) {
  return result_of(ctx, shutdown(int_of(ctx, args[0]), SHUT_WR));
}

NATIVE(addressBytes) {
  union address at;
  const char *text = text_of(ctx, args[0]);
  if (!text) return JS_EXCEPTION;
  socklen_t length = read_address(text, 0, &at);
  free_text(text);
  if (length == 0) return JS_NULL;
  return at.any.sa_family == AF_INET
             ? JS_NewArrayBufferCopy(ctx, (uint8_t *)&at.v4.sin_addr, 4)
             : JS_NewArrayBufferCopy(ctx, (uint8_t *)&at.v6.sin6_addr, 16);
}

/* How many bits of a mask are set. */
static int prefix_of(const union address *mask, int family) {
  const uint8_t *bytes = family == AF_INET ? (uint8_t *)&mask->v4.sin_addr
                                           : (uint8_t *)&mask->v6.sin6_addr;
  int bits = 0;
  for (int k = 0; k < (family == AF_INET ? 4 : 16); k++)
    bits += __builtin_popcount(bytes[k]);
  return bits;
}

NATIVE(interfaces) {
  struct ifaddrs *all;
  if (getifaddrs(&all) < 0) return fail(ctx, errno);
  JSValue list = JS_NewArray(ctx);
  bool is_whole = !JS_IsException(list);
  uint32_t at = 0;
  for (struct ifaddrs *it = all; it && is_whole; it = it->ifa_next) {
    const union address *own = (const union address *)it->ifa_addr;
    const union address *mask = (const union address *)it->ifa_netmask;
    if (!own || !mask || !is_internet(own)) continue;
    JSValue row[] = {
        new_text(ctx, it->ifa_name, strlen(it->ifa_name)), host_of(ctx, own),
        JS_NewInt32(ctx, prefix_of(mask, own->any.sa_family))};
    is_whole = append(ctx, list, at++, new_list(ctx, 3, row));
  }
  freeifaddrs(all);
  if (is_whole) return list;
  JS_FreeValue(ctx, list);
  return JS_EXCEPTION;
}
