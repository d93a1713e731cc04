/*
 * Keeps DEPTH messages in flight on each of CONNECTIONS connections:
 *
 *   steady-load echo|http PORT PID CONNECTIONS DEPTH WARM-UP-MS MEASURE-MS FILE
 *
 * both of them in CPU time of the process PID, which is the server.
 *
 * The messages of the file take turns. Before that, a connection of its own asks once for the answer to each of them
 * (an HTTP answer ends where its Content-Length says): from then on answers are counted by their length, and every
 * octet of an echo is compared. Prints JSON: messages a second; the CPU time of process PID per message, µs, by its own
 * clock (clock_getcpuclockid); and what share of a core that process and this one used, so that one sees who waited for
 * whom.
 */
#include "common.h"

struct batch {
  char *bytes;
  size_t length, answer_length;
};

struct connection {
  int fd, batch, waits_to_send;
  size_t sent, received;
};

enum { MAX_EVENTS = 1024, BUFFER = 1 << 18, OPENED_AT_ONCE = 100 };
static char buffer[BUFFER];
static int loop, echo, depth, batch_count;
static struct batch *batches;
static long done;

static size_t received_exactly(int fd, size_t length) {
  for (size_t got = 0; got < length;) {
    ssize_t n = recv(fd, buffer + got, length - got, 0);
    if (n <= 0) give_up("the answer was cut");
    got += n;
  }
  return length;
}

static size_t http_answer_length(int fd) {
  size_t got = 0;
  for (;;) {
    ssize_t n = recv(fd, buffer + got, sizeof buffer - 1 - got, 0);
    if (n <= 0) give_up("no answer");
    got += n;
    buffer[got] = 0;
    char *end = strstr(buffer, "\r\n\r\n");
    if (end == NULL) continue;
    if (strncmp(buffer, "HTTP/1.1 2", 10) != 0) give_up("the answer is no success");
    char *field = strcasestr(buffer, "\r\ncontent-length:");
    size_t whole = end + 4 - buffer + (field == NULL ? 0 : strtoul(field + 17, NULL, 10));
    while (got < whole) got += received_exactly(fd, whole - got);
    return whole;
  }
}

/* A batch for each message that one can begin with: DEPTH messages behind each other. */
static void make_batches(int port, struct message *messages, int count) {
  size_t *answers = calloc(count, sizeof *answers);
  int fd = connected_to(port);
  for (int i = 0; i < count; i++) {
    if (!send_all(fd, messages[i].bytes, messages[i].length)) give_up("the server went away");
    answers[i] = echo ? received_exactly(fd, messages[i].length) : http_answer_length(fd);
  }
  close(fd);
  batch_count = count;
  batches = calloc(count, sizeof *batches);
  for (int first = 0; first < count; first++) {
    struct batch *b = &batches[first];
    for (int i = 0; i < depth; i++) {
      struct message *m = &messages[(first + i) % count];
      b->bytes = realloc(b->bytes, b->length + m->length);
      memcpy(b->bytes + b->length, m->bytes, m->length);
      b->length += m->length;
      b->answer_length += answers[(first + i) % count];
    }
  }
}

/* As much as the kernel takes; the rest when it takes more, so that no connection waits for another one's server. */
static void send_rest(struct connection *c) {
  struct batch *b = &batches[c->batch];
  while (c->sent < b->length) {
    ssize_t n = send(c->fd, b->bytes + c->sent, b->length - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) give_up("the server went away");
    c->sent += n;
  }
  int waits = c->sent < b->length;
  if (waits == c->waits_to_send) return;
  c->waits_to_send = waits;
  struct epoll_event event = {.events = waits ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = c};
  epoll_ctl(loop, EPOLL_CTL_MOD, c->fd, &event);
}

static void ask(struct connection *c) {
  c->batch = (c->batch + 1) % batch_count;
  c->sent = c->received = 0;
  send_rest(c);
}

static void receive(struct connection *c) {
  ssize_t n = recv(c->fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) give_up("the server ended a connection");
  struct batch *b = &batches[c->batch];
  if (c->received + n > b->answer_length) give_up("an answer is longer than it was");
  if (echo && memcmp(buffer, b->bytes + c->received, n) != 0) give_up("the echo is wrong");
  if (!echo && c->received == 0 && strncmp(buffer, "HTTP/1.1 2", n < 10 ? n : 10) != 0) give_up("an answer is no success");
  c->received += n;
  if (c->received < b->answer_length) return;
  done += depth;
  ask(c);
}

/* Until the process has used so much CPU time: on a machine with others, time alone would be a short turn. */
static void run_until(clockid_t clock, double cpu) {
  struct epoll_event events[MAX_EVENTS];
  for (double end = cpu_of(clock) + cpu; cpu_of(clock) < end;) {
    int n = epoll_wait(loop, events, MAX_EVENTS, 5000);
    if (n == 0) give_up("no answer within five seconds");
    for (int i = 0; i < n; i++) {
      if (events[i].events & EPOLLOUT) send_rest(events[i].data.ptr);
      if (events[i].events & ~EPOLLOUT) receive(events[i].data.ptr);
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 9) return 2;
  echo = strcmp(argv[1], "echo") == 0;
  int port = atoi(argv[2]), count = atoi(argv[4]);
  depth = atoi(argv[5]);
  clockid_t theirs = clock_of(atoi(argv[3]));
  struct message *messages;
  int message_count = read_messages(argv[8], &messages);
  make_batches(port, messages, message_count);
  loop = epoll_create1(0);
  struct connection *connections = calloc(count, sizeof *connections);
  for (int i = 0; i < count; i++) {
    struct connection *c = &connections[i];
    c->fd = connected_to(port);
    c->batch = i % batch_count;
    /* RST at the end: no port of this machine stays taken. */
    struct linger at_once = {.l_onoff = 1};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    /* The last of a group waits for its answer, so that what waits to be accepted stays below any backlog. */
    if (i % OPENED_AT_ONCE == OPENED_AT_ONCE - 1) {
      struct batch *b = &batches[c->batch];
      if (!send_all(c->fd, b->bytes, b->length)) give_up("the server went away");
      received_exactly(c->fd, b->answer_length);
    }
    watch(loop, c->fd, EPOLLIN, c);
  }
  for (int i = 0; i < count; i++) ask(&connections[i]);
  run_until(theirs, atoi(argv[6]) / 1e3);
  done = 0;
  double start = now(), their_start = cpu_of(theirs), our_start = cpu_of(CLOCK_PROCESS_CPUTIME_ID);
  run_until(theirs, atoi(argv[7]) / 1e3);
  double seconds = now() - start, their_cpu = cpu_of(theirs) - their_start;
  double our_cpu = cpu_of(CLOCK_PROCESS_CPUTIME_ID) - our_start;
  if (done == 0) give_up("nothing was answered");
  printf("{\"value\":%.1f,\"cpu\":%.4f,\"busy\":%.2f,\"loadBusy\":%.2f}\n", done / seconds, their_cpu * 1e6 / done,
         their_cpu / seconds, our_cpu / seconds);
  return 0;
}
