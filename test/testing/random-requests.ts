import { WriteBuffer } from '../../src/netlink/index.ts';
import { putGenericHeader, putMessage } from '../../src/testing/netlink/reply.ts';
import { Random } from './random.ts';
import { RandomAttributes } from './random-attributes.ts';

const REQUEST = 1;
const ACK = 4;
const DUMP = 0x300;
/** Flags that IPVS takes no notice of. */
const OTHER_FLAGS = [0x008, 0x100, 0x200, 0x400, 0x800] as const;
const OTHER_TYPES = [1, 3, 999] as const;
const NLCTRL = 16;
const GETFAMILY = 3;
const GETPOLICY = 10;

const NEW_SERVICE = 1;
const GET_SERVICE = 4;
const DUMP_ONLY = [8, 11];
/** Commands as often as they come, FLUSH the least. */
const COMMANDS = '1 1 1 1 1 1 2 2 2 2 3 3 4 4 5 5 5 5 5 5 6 6 6 6 7 7 8 8 8 9 9 10 10 11 12 12 13 15 15 16 16 17';
const weighted = COMMANDS.split(' ').map(Number);

/** Datagrams for IPVS, right and wrong ones. */
export class RandomRequests {
  readonly #random: Random;
  readonly #attributes: RandomAttributes;
  readonly #family: number;
  readonly #littleEndian: boolean | undefined;
  #seq = 1;

  constructor(seed: number, family: number, littleEndian?: boolean) {
    this.#random = new Random(seed);
    this.#attributes = new RandomAttributes(this.#random, littleEndian);
    this.#family = family;
    this.#littleEndian = littleEndian;
  }

  /** A datagram of one or a few messages. A listing of services, whose order nobody knows, must not see changes: it ends it. */
  next(): Uint8Array {
    const to = new WriteBuffer(256, this.#littleEndian);
    const count = this.#random.once(8) ? 1 + this.#random.below(4) : 1;
    for (let i = 0; i < count; i++) if (this.#message(to) === GET_SERVICE) break;
    return Uint8Array.from(to.written());
  }

  #message(to: WriteBuffer): number {
    const random = this.#random;
    if (random.once(30)) return this.#control(to);
    const command = random.once(40) ? random.below(20) : random.pick([NEW_SERVICE, ...weighted]);
    const type = random.once(100) ? random.pick(OTHER_TYPES) : this.#family;
    this.#put(to, type, this.#flags(command), command, () => this.#attributes.put(to, command));
    return command;
  }

  /** GETFAMILY, of which a dump would list families that have nothing to do with IPVS, or GETPOLICY, which is one. */
  #control(to: WriteBuffer): number {
    const command = this.#random.pick([GETFAMILY, GETPOLICY]);
    const flags = this.#flags(command) & ~DUMP;
    const dump = command === GETPOLICY && !this.#random.once(10);
    this.#put(to, NLCTRL, dump ? flags | DUMP : flags, command, () => this.#attributes.putControl(to));
    return command;
  }

  #put(to: WriteBuffer, type: number, flags: number, command: number, fill: () => void): void {
    const random = this.#random;
    putMessage(to, { type, flags, seq: this.#seq++, pid: random.once(50) ? 7 : 0 }, () => {
      if (random.once(150)) return;
      putGenericHeader(to, command, random.pick([1, 1, 1, 0, 77]));
      if (random.once(100)) to.view.setUint16(to.at - 2, 5);
      fill();
    });
  }

  #flags(command: number): number {
    const random = this.#random;
    const dump = DUMP_ONLY.includes(command) || (command === GET_SERVICE && random.once(2));
    return (
      (random.once(100) ? 0 : REQUEST) |
      (random.once(3) ? ACK : 0) |
      (dump !== random.once(60) ? DUMP : 0) |
      (random.once(30) ? random.pick(OTHER_FLAGS) : 0)
    );
  }
}
