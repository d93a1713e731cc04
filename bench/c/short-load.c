/*
 * Load of short connections: short-load PORT AT-ONCE BYTES MILLISECONDS
 *
 * Connect, send BYTES, compare what comes back, end, wait for the server's end, close; AT-ONCE of them at a time.
 * Prints the connections and the seconds they took.
 */
#include "common.h"

struct connection {
  int fd, connecting;
  size_t received;
};

static char message[65536], back[65536];
static size_t size;
static long connections, opened;
static int loop, port;

/* A port stays taken for a minute after its connection: 28,000 a source address, so there are many of those. */
static void begin(struct connection *c) {
  struct sockaddr_in from = loopback(0), to = loopback(port);
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + opened++ % 200);
  int one = 1;
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(c->fd, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &one, sizeof one);
  if (bind(c->fd, (struct sockaddr *)&from, sizeof from) < 0) fail("bind");
  if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) fail("connect");
  no_delay(c->fd);
  c->connecting = 1;
  c->received = 0;
  watch(loop, c->fd, EPOLLIN | EPOLLOUT | EPOLLET, c);
}

static void go_on(struct connection *c, unsigned events) {
  if (c->connecting && events & EPOLLOUT) {
    c->connecting = 0;
    if (!send_all(c->fd, message, size)) fail("send");
  }
  if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
  for (;;) {
    ssize_t n = recv(c->fd, back, sizeof back, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) fail("recv");
    if (n == 0) break;
    if (c->received + n > size || memcmp(back, message + c->received, n) != 0) fail("not what was sent");
    c->received += n;
    if (c->received == size) shutdown(c->fd, SHUT_WR);
  }
  if (c->received < size) fail("the server ended");
  close(c->fd);
  connections++;
  begin(c);
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  port = atoi(argv[1]);
  int count = atoi(argv[2]);
  size = atol(argv[3]);
  for (size_t i = 0; i < size; i++) message[i] = 'a' + i % 26;
  loop = epoll_create1(0);
  struct connection *slots = calloc(count, sizeof *slots);
  for (int i = 0; i < count; i++) begin(&slots[i]);
  double start = now(), end = start + atof(argv[4]) / 1000;
  struct epoll_event events[256];
  while (now() < end) {
    int n = epoll_wait(loop, events, 256, 100);
    for (int i = 0; i < n; i++) go_on(events[i].data.ptr, events[i].events);
  }
  printf("%ld %f\n", connections, now() - start);
  return 0;
}
