import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const HEADER = 8;

/** What a system call of the guest returned: a negative result is an errno. */
export interface Answer {
  readonly result: number;
  readonly data: Buffer;
}

/** Makes system calls in the big-endian guest through its agent (test/bed/s390x/agent.c), one at a time, and waits for each. */
export class Agent {
  readonly #to: number;
  readonly #from: number;

  /** @param pipes path without `.in` and `.out` */
  constructor(pipes: string) {
    this.#to = openSync(`${pipes}.in`, 'r+');
    this.#from = openSync(`${pipes}.out`, 'r');
  }

  /** Moves it into a network namespace of its own, where not even `lo` was ever up. */
  enterBareNamespace(): void {
    this.#succeed('unshare', this.#ask('n'));
  }

  /** Opens a netlink socket as `kernelTransport` does. */
  openNetlink(protocol: number): { socket: number; receiveBuffer: number; sendBuffer: number } {
    const { result, data } = this.#succeed('socket', this.#ask('o', integers(protocol)));
    return { socket: result, receiveBuffer: data.readInt32BE(0), sendBuffer: data.readInt32BE(4) };
  }

  socket(domain: number, type: number, protocol: number): number {
    return this.#ask('k', integers(domain, type, protocol)).result;
  }

  setsockopt(socket: number, level: number, option: number, value: number): number {
    return this.#ask('p', integers(socket, level, option, value)).result;
  }

  sendto(socket: number, datagram: Uint8Array, name: Uint8Array): number {
    return this.#ask('t', integers(socket, name.length), name, datagram).result;
  }

  send(socket: number, datagram: Uint8Array): Answer {
    return this.#ask('s', integers(socket), datagram);
  }

  /** Receives a datagram, after a time in milliseconds if there is none; the result is its whole length. */
  receive(socket: number, room: number, timeout: number): Answer {
    return this.#ask('r', integers(socket, room, timeout));
  }

  closeSocket(socket: number): void {
    this.#succeed('close', this.#ask('c', integers(socket)));
  }

  readFile(path: string): Answer {
    return this.#ask('f', Buffer.from(path));
  }

  writeFile(path: string, text: string): Answer {
    return this.#ask('w', Buffer.from(`${path}\0${text}`));
  }

  /** Runs a program of the guest to its successful end, and returns what it printed. */
  run(words: readonly string[], input = ''): string {
    const stdin = Buffer.from(input);
    const answer = this.#ask(
      'x',
      integers(stdin.length),
      stdin,
      Buffer.from(words.map((word) => `${word}\0`).join('')),
    );
    const { result, data } = this.#succeed(words.join(' '), answer);
    if (result !== 0) throw new Error(`${words.join(' ')} ended with status ${result}: ${data}`);
    return data.toString();
  }

  close(): void {
    closeSync(this.#to);
    closeSync(this.#from);
  }

  #succeed(what: string, answer: Answer): Answer {
    if (answer.result < 0) throw new Error(`${what} failed in the guest with errno ${-answer.result}`);
    return answer;
  }

  #ask(operation: string, ...parts: readonly Uint8Array[]): Answer {
    const body = Buffer.concat([Buffer.from(operation), ...parts]);
    const request = Buffer.concat([integers(body.length), body]);
    for (let at = 0; at < request.length; ) at += writeSync(this.#to, request, at);
    const header = this.#read(HEADER);
    return { result: header.readInt32BE(4), data: this.#read(header.readUInt32BE(0) - 4) };
  }

  #read(size: number): Buffer {
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; ) {
      const count = readSync(this.#from, bytes, at, size - at, null);
      if (count === 0) throw new Error('The guest has ended');
      at += count;
    }
    return bytes;
  }
}

function integers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    bytes.writeInt32BE(value, 4 * i);
  });
  return bytes;
}
