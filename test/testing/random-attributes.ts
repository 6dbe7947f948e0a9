import { hostIsLittleEndian, readBuffer, WriteBuffer } from '../../src/netlink/index.ts';
import { putAttribute } from '../../src/testing/netlink/reply.ts';
import type { Random } from './random.ts';

type Attribute = [type: number, payload: Buffer];

const u8 = (value: number) => Buffer.from([value]);
const be16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const text = (value: string) => Buffer.from(`${value}\0`);
const hex = (value: string) => Buffer.from(value, 'hex');

const addresses4 = 'c000020a c0000214 c0000215 c00002ff 00000000 00000001 ffffffff e0000001 7f000001 7fffffff c0000201';
const addresses6 = [
  '20010db8000000000000000000000010',
  '20010db8000000000000000000000020',
  '20010db8000000000000000000000001',
  '00000000000000000000000000000000',
  '00000000000000000000000000000001',
  '00000000000000000000000001020304',
  '00000000000000000000ffffc0000214',
  'fe800000000000000000000000001234',
  'fec00000000000000000000000001234',
  'ff020000000000000000000000000001',
  'e0000000000000000000000000000001',
] as const;
const LARGE = [0, 1, 2, 5, 128, 129, 0x7fffffff, 0x80000000, 0xffffffff] as const;
const SCHEDULERS = ['rr', 'wlc', 'sh', 'mh', 'none', 'sed', 'twos'] as const;
const BAD_NAMES = ['', 'nonesuch', 'abcdefghijklmnop', 'abcdefghijklmnopq', 'rr\0xx'] as const;
const PORTS = [0, 53, 80, 8080] as const;

/** Attributes of requests to IPVS, right and wrong ones, on few enough keys that they meet. */
export class RandomAttributes {
  readonly #random: Random;
  readonly #littleEndian: boolean;

  constructor(random: Random, littleEndian = hostIsLittleEndian) {
    this.#random = random;
    this.#littleEndian = littleEndian;
  }

  /** Appends the attributes of a request. */
  put(to: WriteBuffer, command: number): void {
    this.#put(to, this.#attributes(command));
  }

  /** Appends the attributes of a request to nlctrl. */
  putControl(to: WriteBuffer): void {
    const random = this.#random;
    const name = random.pick(['IPVS', 'IPVS', 'nlctrl', '', 'NONESUCH', 'abcdefghijklmno', 'abcdefghijklmnop']);
    const attributes: Attribute[] = [[2, text(name)]];
    if (random.once(3)) attributes.push([1, this.#u16(random.pick([16, 999]))]);
    if (random.once(3)) attributes.push([10, this.#u32(random.pick([1, 3, 4, 8, 10, 14, 99]))]);
    if (random.once(10)) attributes.push(random.pick(this.#oddControl()));
    this.#put(to, this.#some(5, attributes));
  }

  #attributes(command: number): Attribute[] {
    const random = this.#random;
    if (command === 12)
      return this.#some(
        3,
        [4, 5, 6].map((type): Attribute => [type, this.#u32(random.pick([0, 1, 900, 8589934, 8589935, 0xffffffff]))]),
      );
    if (command === 9 || command === 10) return [[3, this.#nest(this.#daemon())]];
    if (command === 16 && random.once(2)) return [];
    if ([11, 13, 15, 17].includes(command)) return random.once(5) ? [[1, this.#nest(this.#service())]] : [];
    const attributes: Attribute[] = [[1, this.#nest(this.#service())]];
    if (command >= 5 && command <= 7) attributes.push([2, this.#nest(this.#destination())]);
    return attributes;
  }

  #service(): Attribute[] {
    const random = this.#random;
    const family = random.once(40) ? random.pick([0, 1, 3, 0xffff]) : random.pick([2, 2, 10]);
    const setup = this.#setup(family);
    return [[1, this.#u16(family)], ...this.#identity(family), ...(random.once(12) ? this.#some(20, setup) : setup)];
  }

  #setup(family: number): Attribute[] {
    const random = this.#random;
    const prefix = () => this.#u32(random.pick([0, 1, 64, 128, 128, 128, 129]));
    const mask = () => hex(random.pick(['ffffffff', '00000000', 'ffff00ff']));
    const flags = [
      this.#u32(random.pick([0, 1, 4, 5, 0x18, 0xffffffff])),
      this.#u32(random.pick([0, 1, 4, 0xffffffff])),
    ];
    const attributes: Attribute[] = [
      [6, text(random.once(6) ? random.pick(BAD_NAMES) : random.pick(SCHEDULERS))],
      [7, Buffer.concat(flags)],
      [8, this.#u32(random.pick([0, 300, 17179869, 17179870, 0xffffffff]))],
      [9, family === 10 ? prefix() : mask()],
    ];
    if (random.once(4)) attributes.push([11, text(random.once(2) ? 'sip' : random.pick(BAD_NAMES))]);
    return attributes;
  }

  /** Mostly one of few, so that services are found. */
  #identity(family: number): Attribute[] {
    const random = this.#random;
    if (random.once(4)) return [[5, this.#u32(random.pick([7, 7, 7, 0, 0xffffffff]))]];
    const rare = random.once(6);
    const address = family === 10 ? hex(rare ? random.pick(addresses6) : addresses6[0]) : hex('c000020a');
    return [
      [2, this.#u16(rare ? random.pick([17, 132, 50, 0xffff]) : 6)],
      [3, rare && family !== 10 ? this.#address4() : address],
      [4, be16(rare ? random.pick(PORTS) : 80)],
    ];
  }

  #destination(): Attribute[] {
    const random = this.#random;
    const family = random.once(4) ? 10 : 2;
    return [
      ...(random.once(2)
        ? [[11, this.#u16(random.once(30) ? 3 : family)] as Attribute]
        : random.once(3)
          ? [[11, this.#u16(0)] as Attribute]
          : []),
      [1, family === 10 ? hex(random.pick(addresses6)) : this.#address4()],
      [2, be16(random.pick(PORTS))],
      [3, this.#u32(random.pick([0, 0, 2, 2, 3, 1, 4, 7, 8, 0xffffffff]))],
      [4, this.#u32(random.once(4) ? random.pick(LARGE) : 1)],
      [5, this.#u32(random.once(4) ? random.pick(LARGE) : 10)],
      [6, this.#u32(random.once(4) ? random.pick(LARGE) : 3)],
      ...(random.once(2)
        ? this.#some(3, [
            [13, u8(random.pick([0, 1, 2, 255]))],
            [14, be16(random.pick([0, 6080]))],
            [15, this.#u16(random.pick([0, 1, 2, 0xffff]))],
          ])
        : []),
    ];
  }

  #daemon(): Attribute[] {
    const random = this.#random;
    return [
      [1, this.#u32(random.once(10) ? random.pick([0, 3]) : random.pick([1, 2]))],
      [2, text(random.pick(['lo', 'd0', 'd0', 'd1', 'nonesuch', '', 'abcdefghijklmnop']))],
      [3, this.#u32(random.pick([0, 7, 255, 256, 0xffffffff]))],
      ...this.#some(3, [
        [4, this.#u16(random.pick([0, 1, 1023, 1400, 65535]))],
        [5, hex(random.pick(['efffffff', 'e0000051', '0a000001']))],
        [6, hex(random.pick(['ff020000000000000000000000000081', '20010db8000000000000000000000001']))],
        [7, this.#u16(random.pick([0, 9000]))],
        [8, u8(random.pick([0, 5]))],
      ]),
    ];
  }

  #address4(): Buffer {
    const address = hex(this.#random.pick(addresses4.split(' ') as [string, ...string[]]));
    return this.#random.once(3) ? Buffer.concat([address, Buffer.alloc(12, this.#random.below(2))]) : address;
  }

  /** Each of some attributes, `n - 1` of `n` times. */
  #some(n: number, attributes: Attribute[]): Attribute[] {
    return attributes.filter(() => !this.#random.once(n));
  }

  /** What GETPOLICY refuses: attributes too long, too short, not for requests, unknown. */
  #oddControl(): readonly [Attribute, ...Attribute[]] {
    return [
      [1, this.#u32(16)],
      [10, this.#u16(3)],
      [3, this.#u32(1)],
      [77, u8(1)],
    ];
  }

  #u16(value: number): Buffer {
    const bytes = Buffer.alloc(2);
    readBuffer(bytes).view.setUint16(0, value, this.#littleEndian);
    return bytes;
  }

  #u32(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    readBuffer(bytes).view.setUint32(0, value, this.#littleEndian);
    return bytes;
  }

  #nest(attributes: Attribute[]): Buffer {
    const to = new WriteBuffer(256, this.#littleEndian);
    this.#put(to, attributes);
    return Buffer.from(to.written());
  }

  /** Writes attributes, now and then damaged, doubled, out of order, unknown, or followed by something else. */
  #put(to: WriteBuffer, attributes: Attribute[]): void {
    const random = this.#random;
    const list = random.once(20) ? [...attributes].reverse() : attributes;
    for (const [type, payload] of list) {
      if (random.once(120)) continue;
      if (random.once(120)) this.#attribute(to, type, this.#damaged(payload));
      this.#attribute(
        to,
        random.once(20) ? type | random.pick([0x8000, 0x4000, 0xc000]) : type,
        random.once(120) ? this.#damaged(payload) : payload,
      );
    }
    if (random.once(60)) this.#attribute(to, random.pick([0, 7, 12, 13, 16, 99]), Buffer.alloc(random.below(9), 1));
    if (random.once(120)) this.#raw(to, Buffer.alloc(4, 1 + random.below(9)));
  }

  #attribute(to: WriteBuffer, type: number, payload: Buffer): void {
    putAttribute(to, type, () => this.#raw(to, payload));
  }

  #raw(to: WriteBuffer, payload: Buffer): void {
    const at = to.reserve(payload.length);
    to.bytes.set(payload, at);
  }

  #damaged(payload: Buffer): Buffer {
    const random = this.#random;
    return random.once(2)
      ? payload.subarray(0, random.below(payload.length + 1))
      : Buffer.concat([payload, Buffer.alloc(1 + random.below(9), 1)]);
  }
}
