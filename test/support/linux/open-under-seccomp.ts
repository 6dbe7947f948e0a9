import koffi from 'koffi';
import { kernelTransport } from '../../../src/netlink/index.ts';

/** Opens a socket where a seccomp filter refuses netlink sockets to the process with EPERM; prints how that fails. */
const PR_SET_SECCOMP = 22;
const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_MODE_FILTER = 2;
const SOCKET = process.arch === 'x64' ? 41 : 198; // arm64, as all newer architectures
const AF_NETLINK = 16;
const [EPERM, ALLOW, ERRNO] = [1, 0x7fff0000, 0x00050000];
/** Offsets in struct seccomp_data: the number of the system call, and half of its first argument. */
const [NUMBER, ARGUMENT] = [0, 16];
const [LOAD, JUMP_EQUAL, RETURN] = [0x20, 0x15, 0x06];

const instructions = [
  [LOAD, 0, 0, NUMBER],
  [JUMP_EQUAL, 0, 3, SOCKET],
  [LOAD, 0, 0, ARGUMENT],
  [JUMP_EQUAL, 0, 1, AF_NETLINK],
  [RETURN, 0, 0, ERRNO | EPERM],
  [RETURN, 0, 0, ALLOW],
] as const;

const filter = Buffer.alloc(8 * instructions.length);
for (const [i, [code, ifTrue, ifFalse, operand]] of instructions.entries()) {
  filter.writeUInt16LE(code, 8 * i);
  filter.writeUInt8(ifTrue, 8 * i + 2);
  filter.writeUInt8(ifFalse, 8 * i + 3);
  filter.writeUInt32LE(operand, 8 * i + 4);
}

const libc = koffi.load(null);
const sock_fprog = koffi.struct('sock_fprog', { len: 'unsigned short', filter: 'void *' });
const prctl = libc.func('prctl', 'int', ['int', 'unsigned long', koffi.pointer(sock_fprog), 'long', 'long']);
await kernelTransport().then((transport) => transport.close());
if (prctl(PR_SET_NO_NEW_PRIVS, 1, null, 0, 0) !== 0) throw new Error('prctl(PR_SET_NO_NEW_PRIVS) failed');
if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, { len: instructions.length, filter }, 0, 0) !== 0)
  throw new Error('prctl(PR_SET_SECCOMP) failed');
const error = await kernelTransport().catch((reason: unknown) => reason);
console.log(JSON.stringify({ ...(error as object), message: (error as Error).message }));
