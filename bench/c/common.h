/* What the programs here share: sockets of loopback, a loop of epoll, the clock. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static inline double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static inline void give_up(const char *why) {
  fprintf(stderr, "Error: %s\n", why);
  exit(1);
}

/* The clock of a process's CPU time. */
static inline clockid_t clock_of(int pid) {
  clockid_t clock;
  if (clock_getcpuclockid(pid, &clock) != 0) give_up("no such process");
  return clock;
}

static inline double cpu_of(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t) < 0) fail("the process's CPU time");
  return t.tv_sec + t.tv_nsec / 1e9;
}

static inline struct sockaddr_in loopback(int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

static inline void no_delay(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static inline void watch(int loop, int fd, unsigned events, void *data) {
  struct epoll_event event = {.events = events, .data.ptr = data};
  if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
}

static inline int connected_to(int port) {
  struct sockaddr_in to = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
  no_delay(fd);
  return fd;
}

/* Listens on a free port, and prints it. */
static inline int listening(int flags) {
  struct sockaddr_in at = loopback(0);
  socklen_t length = sizeof at;
  int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
  if (bind(fd, (struct sockaddr *)&at, length) < 0 || listen(fd, 4096) < 0) fail("listen");
  getsockname(fd, (struct sockaddr *)&at, &length);
  printf("%d\n", ntohs(at.sin_port));
  fflush(stdout);
  return fd;
}

/* A peer that does not read is waited for: enough for a benchmark whose peers do. 0: it went away. */
static inline int send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) {
      struct pollfd writable = {.fd = fd, .events = POLLOUT};
      poll(&writable, 1, -1);
    } else if (n < 0) {
      return 0;
    } else {
      bytes += n;
      length -= n;
    }
  }
  return 1;
}

/*
 * A file of messages, each behind its length in decimal and a line feed. Returns how many there are.
 */
struct message {
  char *bytes;
  size_t length;
};

static inline int read_messages(const char *path, struct message **messages) {
  FILE *file = fopen(path, "rb");
  if (!file) fail(path);
  int count = 0;
  size_t length;
  *messages = NULL;
  while (fscanf(file, "%zu", &length) == 1 && fgetc(file) == '\n') {
    *messages = realloc(*messages, (count + 1) * sizeof **messages);
    struct message *m = &(*messages)[count++];
    m->length = length;
    m->bytes = malloc(length + 1);
    if (fread(m->bytes, 1, length, file) != length) fail(path);
    m->bytes[length] = 0;
  }
  fclose(file);
  return count;
}
