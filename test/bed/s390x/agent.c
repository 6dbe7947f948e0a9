/*
 * The first process of the guest after init.sh: system calls for a program on the other side of a serial port.
 *
 * Request: u32 length of what follows, u8 operation, its arguments. Answer: u32 length of what follows, i32 result, its
 * data; a negative result is an errno. Integers are big-endian, which is this machine's byte order. An empty answer that
 * nobody asked for says that the agent is there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_BIG_ENDIAN__
#error "the agent is for a big-endian machine"
#endif

enum { LARGEST = 1 << 20, RECEIVE_BUFFER = 1 << 20, SEND_BUFFER = 128 << 10 };

static int port;
static char request[LARGEST + 1], answer[LARGEST];
static struct { uint32_t length; int32_t result; } header;

static void read_all(void *to, size_t size) {
  for (char *at = to; size > 0;) {
    ssize_t count = read(port, at, size);
    if (count > 0) at += count, size -= count;
    else usleep(1000); /* nobody is at the other end yet */
  }
}

static void write_all(const void *from, size_t size) {
  for (const char *at = from; size > 0;) {
    ssize_t count = write(port, at, size);
    if (count > 0) at += count, size -= count;
    else usleep(1000);
  }
}

static int32_t integer(const char *at) {
  int32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

/* The result of a system call, as the kernel itself returns it. */
static int32_t outcome(long returned) { return returned < 0 ? -errno : returned; }

/* The socket of src/netlink/transport/kernel.ts. Answers with the sizes of its buffers as granted. */
static int32_t open_netlink(int protocol) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (fd < 0) return -errno;
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  int on = 1, receive = RECEIVE_BUFFER, send = SEND_BUFFER;
  socklen_t size = sizeof(int);
  if (bind(fd, (void *)&kernel, sizeof kernel) || connect(fd, (void *)&kernel, sizeof kernel) ||
      setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, size) ||
      setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, size) ||
      setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive, size) ||
      setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &send, size) ||
      getsockopt(fd, SOL_SOCKET, SO_RCVBUF, answer, &size) ||
      getsockopt(fd, SOL_SOCKET, SO_SNDBUF, answer + sizeof(int), &size)) {
    int32_t failed = -errno;
    close(fd);
    return failed;
  }
  header.length = 2 * sizeof(int);
  return fd;
}

/* Sends to a name, which comes behind its length. */
static int32_t send_to(int fd, const char *data, size_t length) {
  size_t name = integer(data), skipped = 4 + name;
  return outcome(sendto(fd, data + skipped, length - skipped, 0, (const void *)(data + 4), name));
}

/* Answers with a datagram; the result is its whole length, larger than the room for it when it was cut. */
static int32_t receive(int fd, size_t room, int timeout) {
  struct pollfd wanted = {.fd = fd, .events = POLLIN};
  if (room > LARGEST) room = LARGEST;
  if (timeout > 0) poll(&wanted, 1, timeout);
  int32_t size = outcome(recv(fd, answer, room, MSG_DONTWAIT | MSG_TRUNC));
  if (size > 0) header.length = (size_t)size < room ? (size_t)size : room;
  return size;
}

/* Reads to the end, or to the end of the room. */
static int32_t read_to_end(int fd) {
  header.length = 0;
  for (;;) {
    ssize_t count = read(fd, answer + header.length, LARGEST - header.length);
    if (count == 0) return 0;
    if (count < 0) return -errno;
    header.length += count;
  }
}

static int32_t read_file(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  int32_t result = read_to_end(fd);
  close(fd);
  return result;
}

/* In one system call, as a sysctl wants it. */
static int32_t write_file(const char *path, const char *text, size_t size) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  int32_t result = outcome(write(fd, text, size));
  close(fd);
  return result;
}

/* Runs a program of zero-terminated words; answers with what it printed, the result is its exit status. */
static int32_t execute(const char *input, size_t size, char *words, const char *end) {
  char *argv[256] = {0};
  for (int i = 0; words < end && i < 255; words += strlen(words) + 1) argv[i++] = words;
  int stdin_file = memfd_create("stdin", MFD_CLOEXEC), output[2], status;
  if (stdin_file < 0 || write(stdin_file, input, size) < 0 || lseek(stdin_file, 0, SEEK_SET) < 0 || pipe2(output, O_CLOEXEC))
    return -errno;
  pid_t child = fork();
  if (child == 0) {
    dup2(stdin_file, 0), dup2(output[1], 1), dup2(output[1], 2);
    execvp(argv[0], argv);
    _exit(127);
  }
  close(stdin_file), close(output[1]);
  read_to_end(output[0]);
  close(output[0]);
  if (child < 0 || waitpid(child, &status, 0) < 0) return -errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int32_t perform(char operation, char *data, size_t length) {
  switch (operation) {
    case 'n': return outcome(unshare(CLONE_NEWNET));
    case 'o': return open_netlink(integer(data));
    case 's': return outcome(send(integer(data), data + 4, length - 4, 0));
    case 'r': return receive(integer(data), integer(data + 4), integer(data + 8));
    case 'k': return outcome(socket(integer(data), integer(data + 4), integer(data + 8)));
    case 'p': return outcome(setsockopt(integer(data), integer(data + 4), integer(data + 8), data + 12, length - 12));
    case 't': return send_to(integer(data), data + 4, length - 4);
    case 'c': return outcome(close(integer(data)));
    case 'f': return read_file(data);
    case 'w': return write_file(data, data + strlen(data) + 1, length - strlen(data) - 1);
    case 'x': return execute(data + 4, integer(data), data + 4 + integer(data), data + length);
    case 'q': return outcome(reboot(RB_POWER_OFF));
    default: return -ENOSYS;
  }
}

int main(int argc, char **argv) {
  if (argc < 2 || (port = open(argv[1], O_RDWR | O_CLOEXEC)) < 0) return 1;
  header.length = sizeof header.result;
  write_all(&header, sizeof header);
  for (;;) {
    uint32_t length;
    read_all(&length, sizeof length);
    if (length < 1 || length > LARGEST) return 1;
    read_all(request, length);
    request[length] = 0;
    header.length = 0;
    header.result = perform(request[0], request + 1, length - 1);
    uint32_t data = header.length;
    header.length += sizeof header.result;
    write_all(&header, sizeof header);
    write_all(answer, data);
  }
}
