/*
 * connect serve PORT: accepts connections on all addresses and closes them.
 * connect ADDRESS PORT COUNT: sets up connections one after the other and prints the microseconds that each took.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void serve(int port) {
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) fail("listen");
  puts("listening");
  fflush(stdout);
  for (;;) {
    int connection = accept(listener, NULL, NULL);
    if (connection >= 0) close(connection);
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static double set_up(const struct sockaddr_in *to) {
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  struct linger reset = { 1, 0 }; /* no TIME_WAIT: ports are used again */
  double start = now(), took;
  if (connect(connection, (const struct sockaddr *)to, sizeof *to)) fail("connect");
  took = now() - start;
  setsockopt(connection, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close(connection);
  return took;
}

int main(int argc, char **argv) {
  if (argc == 3 && !strcmp(argv[1], "serve")) serve(atoi(argv[2]));
  if (argc != 4) return 2;
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[2])) };
  if (inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) return 2;
  int count = atoi(argv[3]);
  for (int i = 0; i < count / 10 + 1; i++) set_up(&to); /* neighbours, caches */
  for (int i = 0; i < count; i++) printf("%.1f\n", set_up(&to));
  return 0;
}
