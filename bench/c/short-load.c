/*
 * Load of short connections: short-load PORT PID AT-ONCE BYTES WARM-UP-MS MEASURE-MS
 *
 * Connect, send BYTES, compare what comes back, end, wait for the server's end, close; AT-ONCE of them at a time. Both
 * times are CPU time of the process PID, which is the server. Prints JSON: connections a second, and its CPU time for
 * each, µs.
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
    if (c->received + n > size || memcmp(back, message + c->received, n) != 0) give_up("not what was sent");
    c->received += n;
    if (c->received == size) shutdown(c->fd, SHUT_WR);
  }
  if (c->received < size) give_up("the server ended early");
  close(c->fd);
  connections++;
  begin(c);
}

static void run_until(clockid_t clock, double cpu) {
  struct epoll_event events[256];
  for (double end = cpu_of(clock) + cpu; cpu_of(clock) < end;) {
    int n = epoll_wait(loop, events, 256, 5000);
    if (n == 0) give_up("no answer within five seconds");
    for (int i = 0; i < n; i++) go_on(events[i].data.ptr, events[i].events);
  }
}

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  port = atoi(argv[1]);
  clockid_t theirs = clock_of(atoi(argv[2]));
  int count = atoi(argv[3]);
  size = atol(argv[4]);
  for (size_t i = 0; i < size; i++) message[i] = 'a' + i % 26;
  loop = epoll_create1(0);
  struct connection *slots = calloc(count, sizeof *slots);
  for (int i = 0; i < count; i++) begin(&slots[i]);
  run_until(theirs, atoi(argv[5]) / 1e3);
  connections = 0;
  double start = now(), their_start = cpu_of(theirs);
  run_until(theirs, atoi(argv[6]) / 1e3);
  double seconds = now() - start, their_cpu = cpu_of(theirs) - their_start;
  if (connections == 0) give_up("nothing was answered");
  printf("{\"value\":%.1f,\"cpu\":%.4f}\n", connections / seconds, their_cpu * 1e6 / connections);
  return 0;
}
