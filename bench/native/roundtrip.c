/* The floor for one request and its reply: nlctrl GETFAMILY, asked for in a loop by the barest C.
 *   cc -O2 -o roundtrip roundtrip.c && ./roundtrip ROUNDS
 * Prints nanoseconds per round. */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static const struct {
  struct nlmsghdr header;
  struct genlmsghdr command;
  struct nlattr attribute;
  char name[8];
} request = {
  { 32, GENL_ID_CTRL, NLM_F_REQUEST, 1, 0 },
  { CTRL_CMD_GETFAMILY, 2, 0 },
  { 11, CTRL_ATTR_FAMILY_NAME },
  "nlctrl",
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv) {
  long rounds = argc > 1 ? atol(argv[1]) : 100000;
  char reply[65536];
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
  double start = now();
  for (long i = 0; i < rounds; i++)
    if (send(fd, &request, sizeof request, 0) < 0 || recv(fd, reply, sizeof reply, 0) < 0)
      return perror("roundtrip"), 1;
  printf("%.1f\n", (now() - start) / rounds);
  return 0;
}
