import { setTimeout } from 'node:timers/promises';
import { KernelError } from '../../errors/kernel-error.ts';
import { TransportError } from '../../errors/transport-error.ts';
import { WireError } from '../../errors/wire-error.ts';
import type { WriteBuffer } from '../codec/buffer.ts';
import { GENL_ID_CTRL } from '../codec/constants.ts';
import { genlmsghdr } from '../codec/struct.ts';
import type { Fields, Rows } from '../codec/table.ts';
import type { Exchange } from '../socket/exchange.ts';
import type { Socket } from '../socket/socket.ts';
import { Call, type CallOptions, type CallSender, type RefusedCall, type ReplyMap } from './call.ts';
import { getFamily } from './nlctrl.ts';
import type { Operation } from './operation.ts';
import type { Resolvers } from './resolvers.ts';

const { cmd, version, reserved } = genlmsghdr.offset;

/** After this long a family that is not there is asked for once more: another process may be loading its module. */
const LOADING_MS = 50;

/** A generic netlink family: a name resolved to a number. */
export class Family implements CallSender {
  readonly #socket: Socket;
  /** The family's name: `'IPVS'`. */
  readonly name: string;
  #id: number;
  #version: number;
  #resolving: Promise<void> | undefined;

  private constructor(socket: Socket, name: string, id: number, version: number) {
    this.#socket = socket;
    this.name = name;
    this.#id = id;
    this.#version = version;
  }

  /**
   * Resolves a family by name through `nlctrl`, which loads its module where it can.
   * @throws TransportError `ERR_NETLINK_NO_FAMILY` when the kernel has no such family
   * @example
   * ```ts
   * const socket = new Socket(await kernel.openNetlink('generic'));
   * const family = await Family.resolve(socket, 'IPVS');
   * console.log(family.name, family.version); // IPVS 1
   * ```
   */
  static async resolve(socket: Socket, name: string): Promise<Family> {
    const family = new Family(socket, name, 0, 0);
    await family.#resolve();
    return family;
  }

  /** The family's number. It changes when its module is loaded again, which the next call finds out. */
  get id(): number {
    return this.#id;
  }

  /** The family's version, sent with every request. */
  get version(): number {
    return this.#version;
  }

  /**
   * Sends a request that is answered with nothing but success.
   * @example
   * ```ts
   * const family = await Family.resolve(new Socket(await kernel.openNetlink('generic')), 'IPVS');
   * const none = table('none', {});
   * await family.execute(operation(17, 'IPVS_CMD_FLUSH', none, none), {});
   * console.log(await ipvs.services()); // []
   * ```
   */
  execute<Q extends Rows, A extends Rows>(
    operation: Operation<Q, A>,
    fields: Fields<Q>,
    options?: CallOptions<Fields<Q>>,
  ): Promise<void> {
    return this.#call(operation, fields, 'nothing', undefined, options);
  }

  /**
   * Does as {@link execute}, and settles a promise that was made before.
   * @internal
   */
  executeFor<Q extends Rows, A extends Rows>(
    resolvers: Resolvers<void>,
    operation: Operation<Q, A>,
    fields: Fields<Q>,
    { signal, mapError }: CallOptions<Fields<Q>> = {},
  ): void {
    new Call(this, operation, fields, 'nothing', undefined, mapError).submitFor(resolvers, this.#socket, signal);
  }

  /**
   * Sends a request that is answered with exactly one message; `map` makes something else of its fields.
   * @example
   * ```ts
   * const family = await Family.resolve(new Socket(await kernel.openNetlink('generic')), 'IPVS');
   * const info = table('info', { version: required(1, u32), connectionTableSize: required(2, u32) });
   * const getInfo = operation(15, 'IPVS_CMD_GET_INFO', table('none', {}), info);
   * console.log((await family.request(getInfo, {})).version.toString(16)); // 10201
   * ```
   */
  request<Q extends Rows, A extends Rows, T = Fields<A>>(
    operation: Operation<Q, A>,
    fields: Fields<Q>,
    map?: ReplyMap<A, T>,
    options?: CallOptions<Fields<Q>>,
  ): Promise<T> {
    return this.#call(operation, fields, 'reply', map, options);
  }

  /**
   * Sends a request that is answered with any number of messages; `map` makes something else of the fields of each. A
   * dump that the kernel marks as inconsistent is repeated a few times.
   * @throws TransportError `ERR_NETLINK_INTERRUPTED` when it is inconsistent every time
   * @example
   * ```ts
   * const family = await Family.resolve(new Socket(await kernel.openNetlink('generic')), 'IPVS');
   * const service = table('service', { fwmark: optional(5, u32), scheduler: required(6, text(15)) });
   * const getServices = operation(4, 'IPVS_CMD_GET_SERVICE', table('none', {}), table('command', { service: required(1, service) }));
   * console.log(await family.dump(getServices, {}, (reply) => reply.service.scheduler)); // [ 'wlc' ]
   * ```
   */
  dump<Q extends Rows, A extends Rows, T = Fields<A>>(
    operation: Operation<Q, A>,
    fields: Fields<Q>,
    map?: ReplyMap<A, T>,
    options?: CallOptions<Fields<Q>>,
  ): Promise<T[]> {
    return this.#call(operation, fields, 'dump', map, options);
  }

  /**
   * Does as {@link dump}, and settles a promise that was made before, as soon as the last answer is read.
   * @internal
   */
  dumpFor<Q extends Rows, A extends Rows, T>(
    resolvers: Resolvers<T[]>,
    operation: Operation<Q, A>,
    fields: Fields<Q>,
    map: ReplyMap<A, T>,
    { signal, mapError }: CallOptions<Fields<Q>> = {},
  ): void {
    new Call(this, operation, fields, 'dump', map, mapError).submitFor(resolvers, this.#socket, signal);
  }

  #call<Q extends Rows, A extends Rows, T>(
    operation: Operation<Q, A>,
    fields: Fields<Q>,
    answer: Exchange['answer'],
    map: ReplyMap<A, unknown> | undefined,
    { signal, mapError }: CallOptions<Fields<Q>> = {},
  ): Promise<T> {
    return new Call(this, operation, fields, answer, map, mapError).submitTo(this.#socket, signal);
  }

  /** @internal */
  requestType(): number {
    return this.#id;
  }

  /** @internal */
  replyType(): number {
    return this.#id;
  }

  /** @internal */
  writeHeader(to: WriteBuffer, at: number, operation: Operation): void {
    to.view.setUint8(at + cmd, operation.command);
    to.view.setUint8(at + version, this.#version);
    to.view.setUint16(at + reserved, 0);
  }

  /** @internal */
  resubmit(call: Exchange): void {
    this.#socket.submit(call);
  }

  /**
   * A stale number is refused with the same ENOENT as an unknown scheduler: only resolving it again tells them apart.
   * @internal
   */
  async reconsider(call: RefusedCall, refusal: KernelError): Promise<void> {
    if (this.#id === GENL_ID_CTRL) return call.reject(refusal);
    try {
      if (this.#id === call.sentTo) await this.#resolveAgain();
    } catch (failure) {
      const closed = failure instanceof TransportError && failure.code === 'ERR_NETLINK_CLOSED';
      return call.reject(closed ? refusal : failure);
    }
    if (this.#id === call.sentTo) call.reject(refusal);
    else if (call.pending) this.#socket.submit(call);
  }

  /** Once for all who ask meanwhile. */
  #resolveAgain(): Promise<void> {
    this.#resolving ??= this.#resolve().finally(() => {
      this.#resolving = undefined;
    });
    return this.#resolving;
  }

  #ask() {
    return new Family(this.#socket, 'nlctrl', GENL_ID_CTRL, 2).request(getFamily, { familyName: this.name });
  }

  async #resolve(): Promise<void> {
    try {
      const { familyId, version = 1 } = await this.#ask().catch(async (refusal) => {
        if (!isMissing(refusal)) throw refusal;
        await setTimeout(LOADING_MS);
        return this.#ask();
      });
      if (familyId === undefined) throw new WireError('is missing', 'familyId');
      this.#id = familyId;
      this.#version = version;
    } catch (cause) {
      if (!isMissing(cause)) throw cause;
      const message = `This kernel has no generic netlink family ${this.name} and could not load a module for it`;
      throw new TransportError('ERR_NETLINK_NO_FAMILY', message, { cause });
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof KernelError && error.code === 'ENOENT';
}
