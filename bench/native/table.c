/* The floor for a whole table: create, list, change every weight of what is read, remove; the barest C that gets it done.
 *   cc -O2 -o table table.c && unshare -n sh -c 'ip link set lo up; ./table SERVICES DESTINATIONS_EACH BATCH'
 * BATCH 1 asks for one thing a time and waits for its acknowledgement; BATCH n sends n requests at once and asks for the
 * acknowledgement of the last alone. Listing looks at every attribute once. Prints "step wall_ms cpu_ms rss_mb" a line. */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

static int fd, family, services, each, batch, queued;
static uint32_t seq;
static char out[1 << 18], in[1 << 16];
static char *at = out;
static struct nlmsghdr *last;
static uint64_t seen;

static void die(const char *what) { perror(what); exit(1); }

static void *attribute(int type, const void *payload, int size) {
  struct nlattr *a = (void *)at;
  a->nla_len = NLA_HDRLEN + size;
  a->nla_type = type;
  memset(at + NLA_HDRLEN, 0, NLA_ALIGN(size));
  memcpy(at + NLA_HDRLEN, payload, size);
  at += NLA_HDRLEN + NLA_ALIGN(size);
  return a;
}
static void number16(int type, uint16_t value) { attribute(type, &value, sizeof value); }
static void number32(int type, uint32_t value) { attribute(type, &value, sizeof value); }
static void close_nest(void *nest) { ((struct nlattr *)nest)->nla_len = at - (char *)nest; }

static void open_message(int type, int command, int flags) {
  last = (void *)at;
  *last = (struct nlmsghdr){ .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags, .nlmsg_seq = ++seq };
  struct genlmsghdr header = { .cmd = command, .version = 1 };
  memcpy(at + NLMSG_HDRLEN, &header, sizeof header);
  at += NLMSG_HDRLEN + GENL_HDRLEN;
}
static void close_message(void) { last->nlmsg_len = at - (char *)last; }

static void put_service(int i, int whole) {
  void *nest = attribute(IPVS_CMD_ATTR_SERVICE | NLA_F_NESTED, 0, 0);
  number16(IPVS_SVC_ATTR_AF, AF_INET);
  number16(IPVS_SVC_ATTR_PROTOCOL, IPPROTO_TCP);
  number32(IPVS_SVC_ATTR_ADDR, htonl(0x0a000000 + i));
  number16(IPVS_SVC_ATTR_PORT, htons(80));
  if (whole) {
    struct ip_vs_flags flags = { 0, ~0u };
    attribute(IPVS_SVC_ATTR_SCHED_NAME, "rr", 3);
    attribute(IPVS_SVC_ATTR_FLAGS, &flags, sizeof flags);
    number32(IPVS_SVC_ATTR_TIMEOUT, 0);
    number32(IPVS_SVC_ATTR_NETMASK, ~0u);
  }
  close_nest(nest);
}
/* A destination by the numbers of its attributes; numbers in network order stay so. */
typedef struct { uint32_t is[IPVS_DEST_ATTR_MAX + 1]; } destination;

static void put_destination(const destination *d) {
  void *nest = attribute(IPVS_CMD_ATTR_DEST | NLA_F_NESTED, 0, 0);
  number16(IPVS_DEST_ATTR_ADDR_FAMILY, d->is[IPVS_DEST_ATTR_ADDR_FAMILY]);
  number32(IPVS_DEST_ATTR_ADDR, d->is[IPVS_DEST_ATTR_ADDR]);
  number16(IPVS_DEST_ATTR_PORT, d->is[IPVS_DEST_ATTR_PORT]);
  number32(IPVS_DEST_ATTR_FWD_METHOD, d->is[IPVS_DEST_ATTR_FWD_METHOD]);
  number32(IPVS_DEST_ATTR_WEIGHT, d->is[IPVS_DEST_ATTR_WEIGHT]);
  number32(IPVS_DEST_ATTR_U_THRESH, d->is[IPVS_DEST_ATTR_U_THRESH]);
  number32(IPVS_DEST_ATTR_L_THRESH, d->is[IPVS_DEST_ATTR_L_THRESH]);
  close_nest(nest);
}
static destination new_destination(int j) {
  destination d = { { 0 } };
  d.is[IPVS_DEST_ATTR_ADDR_FAMILY] = AF_INET;
  d.is[IPVS_DEST_ATTR_ADDR] = htonl(0xac100001 + j);
  d.is[IPVS_DEST_ATTR_PORT] = htons(8080);
  d.is[IPVS_DEST_ATTR_FWD_METHOD] = IP_VS_CONN_F_MASQ;
  d.is[IPVS_DEST_ATTR_WEIGHT] = 1;
  return d;
}

static int receive(void) {
  int size = recv(fd, in, sizeof in, 0);
  if (size < 0) die("recv");
  return size;
}
static void transmit(void) {
  if (send(fd, out, at - out, 0) < 0) die("send");
  at = out;
}
/* Sends what is queued and waits until it is done. */
static void flush(void) {
  if (at == out) return;
  last->nlmsg_flags |= NLM_F_ACK;
  transmit();
  receive();
  struct nlmsghdr *h = (void *)in;
  if (h->nlmsg_type != NLMSG_ERROR || *(int *)NLMSG_DATA(h)) fprintf(stderr, "refused: %d\n", -*(int *)NLMSG_DATA(h)), exit(1);
  queued = 0;
}
static void queue(void) {
  close_message();
  if (++queued == batch) flush();
}

static void look(const char *p, int size, int index) {
  while (size >= NLA_HDRLEN) {
    const struct nlattr *a = (const void *)p;
    int type = a->nla_type & NLA_TYPE_MASK, payload = a->nla_len - NLA_HDRLEN;
    if (payload > 40) look(p + NLA_HDRLEN, payload, index);
    else if (payload >= 4) seen += type + *(const uint32_t *)(p + NLA_HDRLEN);
    else seen += type;
    p += NLA_ALIGN(a->nla_len);
    size -= NLA_ALIGN(a->nla_len);
  }
}
static destination *found;
/* Keeps a destination that was read. */
static void keep(const char *p, int size, int index) {
  p += NLA_HDRLEN, size -= NLA_HDRLEN; /* the nest */
  while (size >= NLA_HDRLEN) {
    const struct nlattr *a = (const void *)p;
    int type = a->nla_type & NLA_TYPE_MASK, payload = a->nla_len - NLA_HDRLEN;
    if (type <= IPVS_DEST_ATTR_MAX) found[index].is[type] = payload == 2 ? *(const uint16_t *)(p + NLA_HDRLEN) : *(const uint32_t *)(p + NLA_HDRLEN);
    p += NLA_ALIGN(a->nla_len);
    size -= NLA_ALIGN(a->nla_len);
  }
}
static int dump(void (*take)(const char *, int, int)) {
  transmit();
  queued = 0;
  for (int messages = 0;;) {
    int size = receive();
    for (struct nlmsghdr *h = (void *)in; NLMSG_OK(h, size); h = NLMSG_NEXT(h, size)) {
      if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) return messages;
      take((char *)h + NLMSG_HDRLEN + GENL_HDRLEN, h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, messages++);
    }
  }
}

static double wall, cpu;
static double wall_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}
static double cpu_now(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}
static void start(void) { wall = wall_now(), cpu = cpu_now(); }
static double peak(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_maxrss / 1024.0;
}
static void stop(const char *step) {
  printf("%s %.1f %.1f %.1f\n", step, wall_now() - wall, cpu_now() - cpu, peak());
  fflush(stdout);
}

static void create(void) {
  for (int i = 0; i < services; i++) {
    open_message(family, IPVS_CMD_NEW_SERVICE, 0), put_service(i, 1), queue();
    for (int j = 0; j < each; j++) {
      destination d = new_destination(j);
      open_message(family, IPVS_CMD_NEW_DEST, 0), put_service(i, 0), put_destination(&d), queue();
    }
  }
  flush();
}
static void list(void) {
  open_message(family, IPVS_CMD_GET_SERVICE, NLM_F_DUMP), close_message();
  int messages = dump(look);
  for (int i = 0; i < services; i++) {
    open_message(family, IPVS_CMD_GET_DEST, NLM_F_DUMP), put_service(i, 0), close_message();
    messages += dump(look);
  }
  if (messages != services * (each + 1)) fprintf(stderr, "listed %d\n", messages), exit(1);
}
/* Reads a service's destinations and writes them with another weight. What is queued goes with the next read. */
static void patch(void) {
  found = calloc(each, sizeof *found);
  for (int i = 0; i < services; i++) {
    open_message(family, IPVS_CMD_GET_DEST, NLM_F_DUMP), put_service(i, 0), close_message();
    if (dump(keep) != each) fprintf(stderr, "a destination is missing\n"), exit(1);
    for (int j = 0; j < each; j++) {
      found[j].is[IPVS_DEST_ATTR_WEIGHT] = 2;
      open_message(family, IPVS_CMD_SET_DEST, 0), put_service(i, 0), put_destination(&found[j]), queue();
    }
  }
  flush();
}
static void delete(void) {
  for (int i = 0; i < services; i++) open_message(family, IPVS_CMD_DEL_SERVICE, 0), put_service(i, 0), queue();
  flush();
}

static void resolve(void) {
  open_message(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0), attribute(CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME, sizeof IPVS_GENL_NAME), close_message();
  transmit();
  int size = receive() - NLMSG_HDRLEN - GENL_HDRLEN;
  for (char *p = in + NLMSG_HDRLEN + GENL_HDRLEN; size > 0;) {
    struct nlattr *a = (void *)p;
    if (a->nla_type == CTRL_ATTR_FAMILY_ID) family = *(uint16_t *)(p + NLA_HDRLEN);
    p += NLA_ALIGN(a->nla_len), size -= NLA_ALIGN(a->nla_len);
  }
  if (!family) fprintf(stderr, "no IPVS\n"), exit(1);
}

int main(int argc, char **argv) {
  if (argc < 4) return fprintf(stderr, "usage: table SERVICES DESTINATIONS_EACH BATCH\n"), 2;
  services = atoi(argv[1]), each = atoi(argv[2]), batch = atoi(argv[3]);
  int size = 8 << 20, on = 1;
  fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  resolve();
  start(), create(), stop("create");
  start(), list(), stop("list");
  start(), patch(), stop("patch");
  start(), delete(), stop("delete");
  return seen == 0;
}
