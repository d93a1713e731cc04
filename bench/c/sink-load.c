/*
 * A reader of one long download: sink-load PORT PID WARM-UP-MS MEASURE-MS
 *
 * Asks a content-server, or what stands before it, for more than can be read, and reads as fast as it comes. Both times
 * are CPU time of the process PID, which passes the bytes on. What was read is compared at both ends of each piece.
 * Prints JSON: MiB a second, and CPU time of PID for each MiB, µs.
 */
#include "common.h"

enum { BUFFER = 1 << 18, MIB = 1 << 20 };
static char buffer[BUFFER];
static int fd;
/* Of the content, and how much of it was read. */
static long at;

static size_t received(void) {
  ssize_t n = recv(fd, buffer, sizeof buffer, 0);
  if (n < 0) fail("recv");
  if (n == 0) give_up("the download ended");
  return n;
}

static void compare(const char *bytes, size_t length) {
  long last = at + length - 1;
  if (bytes[0] != 'a' + (at >> 10) % 26 || bytes[length - 1] != 'a' + (last >> 10) % 26) give_up("not what was sent");
  at += length;
}

static void skip_head(void) {
  size_t length = 0;
  while (length < BUFFER - 1) {
    ssize_t n = recv(fd, buffer + length, sizeof buffer - 1 - length, 0);
    if (n <= 0) give_up("no answer");
    length += n;
    buffer[length] = 0;
    char *end = strstr(buffer, "\r\n\r\n");
    if (end == NULL) continue;
    size_t rest = buffer + length - (end + 4);
    if (rest > 0) compare(end + 4, rest);
    return;
  }
}

static void run_until(clockid_t clock, double cpu) {
  double end = cpu_of(clock) + cpu;
  do {
    for (int i = 0; i < 16; i++) compare(buffer, received());
  } while (cpu_of(clock) < end);
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  clockid_t theirs = clock_of(atoi(argv[2]));
  fd = connected_to(atoi(argv[1]));
  const char *request = "GET /length/1125899906842624 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  if (!send_all(fd, request, strlen(request))) give_up("the server went away");
  skip_head();
  run_until(theirs, atoi(argv[3]) / 1e3);
  long from = at;
  double start = now(), their_start = cpu_of(theirs);
  run_until(theirs, atoi(argv[4]) / 1e3);
  double seconds = now() - start, their_cpu = cpu_of(theirs) - their_start, mib = (double)(at - from) / MIB;
  printf("{\"value\":%.2f,\"cpu\":%.3f}\n", mib / seconds, their_cpu * 1e6 / mib);
  return 0;
}
